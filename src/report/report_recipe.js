// The recipe of the run, what it changes in the one it comes from, and the commands that go on from it.
"use strict";

// --- The recipe as tables and as TOML ---

const is_table = (value) => is_object(value) || (Array.isArray(value) && value.length > 0 && value.every(is_object));

/// Rows of one table, then its nested tables under headings of their own.
const recipe_part = (parent, table) => {
  const body = html_element("tbody", {});
  for (const [key, value] of said(table).filter(([, child]) => !is_table(child)))
    body.append(html_element("tr", {}, html_element("th", { scope: "row" }, readable(key)),
                             html_element("td", {}, plain_text(value))));
  if (body.childElementCount) parent.append(html_element("table", {}, body));
  for (const [key, value] of said(table).filter(([, child]) => is_table(child))) {
    for (const child of [value].flat()) {
      const named = Array.isArray(value) && typeof child.name === "string";  // a policy, say
      const { name, ...rest } = child;
      parent.append(html_element("h3", { class: "nested" }, readable(named ? name : key)));
      recipe_part(parent, named ? rest : child);
    }
  }
};

const toml_key = (key) => (/^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key));
const toml_line = ([key, value]) => `${toml_key(key)} = ${toml_value(value)}`;
const toml_value = (value) => {
  if (Array.isArray(value)) return `[${value.filter((item) => item !== null).map(toml_value).join(", ")}]`;
  if (is_object(value)) return `{ ${said(value).map(toml_line).join(", ")} }`;
  return JSON.stringify(value);
};
const toml_text = (table, path = "") => {
  const entries = said(table);
  const lines = entries.filter(([, value]) => !is_table(value)).map(toml_line);
  for (const [key, value] of entries.filter(([, child]) => is_table(child))) {
    const name = path + toml_key(key);
    for (const child of [value].flat())
      lines.push("", Array.isArray(value) ? `[[${name}]]` : `[${name}]`, toml_text(child, `${name}.`).trimEnd());
  }
  return `${lines.join("\n").trim()}\n`;
};

const copy_text = async (text, button) => {
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Copying is not allowed here";
  }
  setTimeout(() => { button.textContent = label; }, 2000);
};

/// "training.ema.half_life_kimg" as a person reads it.
const option_text = (option) => option.split(".").map(readable).join(" › ");
const value_text = (value) => (value === null || value === "" ? "–" : plain_text(value));

/// The options that differ between this run and its recipe, and between that recipe and its parent.
const show_origins = () => {
  const origins = Array.isArray(data.run.differs_from) ? data.run.differs_from : [];
  for (const { recipe, of, options } of origins) {
    const here = of === "this run" ? "This run" : of;
    const heading = html_element("h3", {}, here, html_element("span", { class: "quiet" }, " differs from "), recipe);
    const cell = (kind, text) => html_element(kind, kind === "th" ? { scope: "col" } : {}, text);
    const head = html_element("thead", {}, html_element("tr", {}, cell("th", "Option"), cell("th", recipe),
                                                        cell("th", here)));
    const body = html_element("tbody", {}, ...options.map((row) => html_element(
      "tr", {}, html_element("th", { scope: "row" }, option_text(row.option)), cell("td", value_text(row.there)),
      cell("td", value_text(row.here)))));
    by_id("origins").append(html_element("section", {}, heading, html_element(
      "div", { class: "scroll" }, html_element("table", { class: "differences" }, head, body))));
  }
};

const show_recipe = () => {
  const recipe = data.run.recipe;
  if (!is_object(recipe) || Object.keys(recipe).length === 0) return;
  const general = Object.fromEntries(said(recipe).filter(([key, value]) => !is_table(value) && key !== "summary"));
  const parts = said(recipe).filter(([, value]) => is_table(value));
  if (Object.keys(general).length) parts.unshift(["general", general]);
  for (const [key, value] of parts) {
    const heading = readable(key)[0].toUpperCase() + readable(key).slice(1);
    const section = html_element("section", {}, html_element("h3", {}, heading));
    recipe_part(section, Array.isArray(value) ? { [key]: value } : value);
    by_id("recipe-tables").append(section);
  }
  show_origins();
  by_id("copy-recipe").addEventListener("click", (event) => copy_text(toml_text(recipe), event.currentTarget));
  reveal("recipe");
};

// --- Commands ---

const shell_word = (word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

const show_commands = () => {
  const commands = [];
  const folder = data.folder.replace(/\/$/, "") || ".";
  if (typeof data.run.command === "string" && data.run.command) {
    const command = data.run.command;
    const says_resume = /(^|\s)--resume(\s|=|$)/.test(command);
    commands.push(["Resume, or train longer with a larger --kimg", says_resume ? command : `${command} --resume auto`]);
  }
  if (typeof data.checkpoint === "string") {
    const checkpoint = shell_word(data.checkpoint);
    const sample = (name, what) => `sample --checkpoint ${checkpoint} --out ${shell_word(`${folder}/${name}`)} ${what}`;
    commands.push(["Sample single pictures", sample("pictures", "--count 1000 --seed 1")]);
    commands.push(["Make a grid", sample("grid", "--grid 8x8")]);
    commands.push(["Make rows that turn one sample into another", sample("rows", "--interpolate 8")]);
  }
  commands.push(["Compare with another run", `compare_runs ${shell_word(folder)} OTHER_RUN --out comparison.html`]);
  if (data.tensorboard) commands.push(["Look at it in TensorBoard", `tensorboard --logdir ${shell_word(folder)}`]);
  for (const [label, text] of commands) {
    const button = html_element("button", { type: "button", "aria-label": `Copy the command: ${label}` }, "Copy");
    button.addEventListener("click", () => copy_text(text, button));
    const row = html_element("div", { class: "row" }, html_element("pre", {}, text), button);
    by_id("command-list").append(html_element("div", { class: "command" }, html_element("h3", {}, label), row));
  }
  reveal("commands");
};
