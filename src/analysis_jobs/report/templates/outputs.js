// The plots of outputs, and what the reader picks of them
const MOST_AT_ONCE = 6;
const selects = Object.fromEntries(["output", "over", "by"].map((name) => [name, document.getElementById(`pick-${name}`)]));
const plots = document.getElementById("output-plots");
const moreOutputs = document.getElementById("more-outputs");
const allRows = data.rows.map((_, row) => row);
// At first those that are not the same in all jobs, which come first
let atOnce = Math.min(MOST_AT_ONCE, ofRole("output").filter((output) => distinct(output, allRows).size > 1).length || 1);

const offered = (field) => field.values.some((value) => value !== null);
const option = (value, textContent) => element("option", { value, textContent });

function fillSelects() {
  const outputs = ofRole("output");
  selects.output.append(...(outputs.length > 1 ? [option("", "all")] : []), ...outputs.map((field) => option(fields.indexOf(field), field.name)));
  const axes = [...ofRole("parameter", "recording", "subject", "acquired").filter(offered), ...outputs];
  selects.over.append(option("", "chosen automatically"), ...axes.map((field) => option(fields.indexOf(field), field.name)));
  const apart = ofRole("parameter", "recording", "subject", "acquired").filter(offered);
  selects.by.append(option("", "chosen automatically"), option("none", "nothing"), ...apart.map((field) => option(fields.indexOf(field), field.name)));
}

// The names of what the colours of a plot are
const namesOf = ({ by, rows, kind }) => kind === "heat map" || kind === "scale" ? [] : colours(by, rows).map((level) => by.levels[level]);

function legend(names) {
  if (names.length < 2) return [];
  const swatch = (index) => {
    const made = element("span", { className: "swatch", ariaHidden: "true" });
    made.style.setProperty("--swatch", `var(--series-${index + 1})`);
    return made;
  };
  return [element("ul", { className: "legend" }, ...names.map((name, index) => element("li", {}, swatch(index), breakable(name))))];
}

function plotOf(choice, own) {
  if (choice.rows.length === 0) return element("p", { className: "muted", textContent: `No job has both ${choice.output.name} and ${choice.over.name}.` });
  const place = element("div", { className: "plot" });
  place.dataset.kind = choice.kind;
  const caption = element("figcaption", {}, element("b", {}, breakable(choice.output.name)), " ", breakable(sentence(choice)), ...own);
  drawWhenNear(place, () => Bokeh.Plotting.show(KINDS[choice.kind](place, choice), place));
  return element("figure", {}, caption, place);
}

function drawOutputs() {
  for (const place of plots.querySelectorAll(".plot")) forget(place);
  const chosen = selects.output.value;
  const picked = {
    over: selects.over.value ? fields[selects.over.value] : undefined,
    by: selects.by.value === "none" ? null : selects.by.value ? fields[selects.by.value] : undefined,
  };
  const outputs = chosen ? [fields[chosen]] : ofRole("output").filter((output) => output !== picked.over);
  const choices = outputs.slice(0, atOnce).map((output) => choiceOf(output, picked));
  const names = choices.map(namesOf);
  const alike = names.every((one) => one.join("\n") === names[0].join("\n"));
  plots.classList.toggle("one", outputs.length === 1);
  plots.replaceChildren(...choices.map((choice, index) => plotOf(choice, alike ? [] : legend(names[index]))));
  document.getElementById("output-legend").replaceChildren(...(alike ? legend(names[0]) : []));
  moreOutputs.hidden = outputs.length <= atOnce;
  moreOutputs.textContent = `Show ${many(outputs.length - atOnce, "more output")}`;
}

if (plots) {
  fillSelects();
  for (const select of Object.values(selects)) select.addEventListener("change", drawOutputs);
  moreOutputs.addEventListener("click", () => {
    atOnce = Infinity;
    drawOutputs();
  });
  drawOutputs();
}
