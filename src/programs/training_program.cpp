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
    if (line->describe) return say(stdout, "{}", describe_recipe_options()), 0;
    if (line->print_recipe) return say(stdout, "{}", to_toml_text(line->recipe)), 0;
    return train(program, *line);
  });
}

}  // namespace cspgan
