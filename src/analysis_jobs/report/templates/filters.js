// Tiles and causes choose rows; one at a time.
const tiles = [...document.querySelectorAll(".tile")];
const filter = document.querySelector(".filter");

function choose(accepts, label) {
  table.search.fixed("chosen", accepts && ((_, row) => accepts(row))).draw();
  filter.hidden = !accepts;
  filter.querySelector("span").textContent = label;
}

function chooseState(state) {
  for (const tile of tiles) tile.ariaPressed = String(tile.dataset.state === state);
  choose(state && ((row) => row[at.state] === state), `Only jobs that are ${state}.`);
}

function chooseOne(accepts, label) {
  chooseState("");
  choose(accepts, label);
  for (const tile of tiles) tile.ariaPressed = "false";
  document.getElementById("jobs").scrollIntoView();
}

for (const tile of tiles) tile.addEventListener("click", () => chooseState(tile.dataset.state));
filter.querySelector("button").addEventListener("click", () => chooseState(""));
for (const button of document.querySelectorAll("button.only")) {
  const group = Number(button.dataset.group);
  const title = button.closest("details").querySelector(".title").textContent;
  button.addEventListener("click", () => chooseOne((row) => row[at.group] === group, `Only jobs without a result for one cause: ${title}`));
}
