#!/usr/bin/env python3
"""Makes include/cspgan/policies/hook_names.hpp: the hooks' names and the names that are close to them.

    make_hook_names.py            prints the header
    make_hook_names.py --check    exits with 1 if the header in the project is another
"""
import pathlib
import sys

HOOKS = ["edit_targets", "edit_images", "edit_reals", "edit_fakes", "observe_scores", "discriminator_penalty",
         "generator_penalty", "needs_image_gradients", "save", "load"]
ALSO = {"edit_targets": ["edit_labels"], "save": ["saves", "save_state"], "load": ["loads", "load_state"],
        "discriminator_penalty": ["discriminator_penalties", "penalty_discriminator", "discriminator_regularizer"],
        "generator_penalty": ["generator_penalties", "penalty_generator", "generator_regularizer"],
        "needs_image_gradients": ["need_image_gradients", "needs_images_gradients", "needs_gradients"],
        "edit_images": ["edits_images", "augment_images"], "edit_fakes": ["edits_fakes"],
        "edit_reals": ["edits_reals"], "observe_scores": ["observes_scores", "observe_score"]}


def close_to(hook):
    """One letter left out, one letter twice, or two neighbors exchanged; and what comes to mind."""
    names = set(ALSO.get(hook, []))
    for i in range(len(hook)):
        names |= {hook[:i] + hook[i + 1:], hook[:i] + hook[i] + hook[i:]}
        names.add(hook[:i] + hook[i + 1:i + 2] + hook[i] + hook[i + 2:])
    return sorted(names - set(HOOKS))


def wrapped(items, indent, separator, end):
    lines, line = [], indent
    for i, item in enumerate(items):
        word = item + (separator if i + 1 < len(items) else end)
        if len(line) + len(word) + 1 > 118:
            lines.append(line.rstrip())
            line = indent
        line += word + " "
    return "\n".join([*lines, line.rstrip()])


def header():
    text = """// clang-format off
// The hooks' names and the names that are close to them, so that a misspelled hook is refused and not ignored.
// Made by tests/policies/make_hook_names.py.
#pragma once

namespace [[gnu::visibility("default")]] cspgan {
namespace detail {

struct HookNames {
""" + wrapped([f"{hook}" for hook in HOOKS], "      ", ",", ";").replace("      ", "  int ", 1) + "\n};\n"
    for hook in HOOKS:
        camel = "".join(part.capitalize() for part in hook.split("_"))
        names = close_to(hook)
        text += f"""
struct CloseTo{camel} {{
{wrapped(names, "      ", ",", ";").replace("      ", "  int ", 1)}
}};
/// T derives from a policy and from CloseTo{camel}: a name that both have is ambiguous.
template <class T>
concept HasNoneCloseTo{camel} = requires {{
{wrapped([f"&T::{name}" for name in names], "  ", ";", ";")}
}};
"""
    return text + "\n}  // namespace detail\n}  // namespace cspgan\n"


if __name__ == "__main__":
    target = pathlib.Path(__file__).parents[2] / "include/cspgan/policies/hook_names.hpp"
    if sys.argv[1:] == ["--check"]:
        if target.read_text() != header():
            sys.exit(f"{target.name} is not what this script makes: run it again")
    else:
        print(header(), end="")
