// What the attribute classifier read in a run's avatars: how many styles there are, and each attribute's shares beside the true ones.
"use strict";

/// A value's name, its share as a bar with a mark at the truth, and the share in words.
const avatar_value = ({ name, share, truth, dropped }, widest) => {
  const bar = html_element("div", { class: "share" });
  const part = (kind, size) => {
    const piece = html_element("div", { class: kind });
    piece.style[kind === "truth" ? "left" : "width"] = `${(100 * size) / widest}%`;
    bar.append(piece);
  };
  part("seen", share);
  part("truth", truth);
  const text = dropped ? "never seen" : percent_text(share);
  return html_element("div", { class: "avatar-value", title: `${readable(name)}: ${percent_text(share)}, true share ${percent_text(truth)}` },
                      html_element("span", {}, readable(name)), bar,
                      html_element("span", { class: dropped ? "number dropped" : "number" }, text));
};

const avatar_card = ({ name, distance, expected_distance, accuracy, values, clear }) => {
  const note = `distance ${number_text(distance)}, of true avatars ${number_text(expected_distance)}; ` +
    `clear in ${percent_text(clear)}; read right ${percent_text(accuracy)}`;
  const title = readable(name);
  const card = html_element("div", { class: "card avatar-card" },
                            html_element("h3", {}, title[0].toUpperCase() + title.slice(1)),
                            html_element("p", { class: "quiet" }, note));
  const widest = Math.max(...values.flatMap(({ share, truth }) => [share, truth]));
  card.append(...values.map((value) => avatar_value(value, widest)));
  return card;
};

const show_avatars = () => {
  const read = data.avatars;
  if (!is_object(read) || !is_object(read.styles) || !Array.isArray(read.attributes)) return;
  const { found, expected, possible } = read.styles;
  by_id("avatars-note").textContent =
    `${large_number(found)} of ${large_number(possible)} styles among ${large_number(read.count)} generated avatars; as many true ` +
    `ones have ${large_number(Math.round(expected))}. Clear: images for which the classifier is sure of the attribute. ` +
    "Bars: generated; marks: the true share.";
  by_id("avatar-cards").append(...read.attributes.map(avatar_card));
  reveal("avatars");
};
