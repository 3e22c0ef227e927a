// The modes of a training program.
#include "cspgan/programs/training_program.hpp"

#include "cspgan/terminal/program.hpp"
#include "programs/command_line.hpp"
#include "programs/listings.hpp"
#include "programs/train.hpp"
#include "terminal/print.hpp"

namespace cspgan {

int run_training_program(const TrainingProgram& program, int argc, char** argv) {
  return run_program(program.name, [&] {
    const auto line = parse_command_line(program, argc, argv);
    if (!line) return 0;
    if (line->list_recipes) return list_recipes(program), 0;
    if (line->describe) return describe_everything(), 0;
    if (line->print_recipe) {
      const Recipe& recipe = line->recipe;
      recipe.generator_options();
      recipe.discriminator_options();
      require_compatible(recipe.make_loss(), recipe.make_policies());
      return say(stdout, "{}", to_toml_text(recipe)), 0;
    }
    return train(program, *line);
  });
}

}  // namespace cspgan
