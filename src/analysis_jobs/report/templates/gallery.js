// One figure of all jobs: recordings below each other, parameter sets beside each other
const MOST_CELLS = 600; // of more jobs, only the recordings that have the figure
const gallery = document.querySelector(".gallery");
const pickFigure = document.getElementById("pick-figure");
const allFigures = gallery ? [...gallery.querySelectorAll("figure")] : [];

const recordingOf = (row) => row[at.recording];
const setOf = (row) => row[at.label].startsWith(recordingOf(row)) ? row[at.label].slice(recordingOf(row).length) : row[at.parameters];

function why(row, index, name) {
  if (row[at.state] !== "done") return `${row[at.state]}: ${row[at.reason]}`;
  const known = data.missing[index] ?? {};
  return known[name] ?? known[""] ?? "not made";
}

function missing(row, index, name) {
  const reason = element("div", { className: "why clamp" }, breakable(why(row, index, name)));
  return element("figure", { className: "missing" }, reason, element("figcaption", {}, breakable(row[at.label])));
}

// Recordings and sets are a grid where most of its cells are jobs
function arrangement(jobs) {
  const recordings = [...new Set(jobs.map(({ row }) => recordingOf(row)))];
  const sets = [...new Set(jobs.map(({ row }) => setOf(row)))];
  const both = recordings.length > 1 && sets.length > 1 && recordings.length * sets.length <= 1.5 * jobs.length;
  return both ? { recordings, sets } : { recordings: [null], sets: null };
}

function band(recording, cells, columns) {
  const grid = element("div", { className: "grid" }, ...cells);
  grid.style.setProperty("--columns", columns);
  return recording === null ? grid : element("section", {}, element("h3", {}, breakable(recording)), grid);
}

function notAsked(recording, set) {
  return element("figure", { className: "missing" }, element("div", { className: "why", textContent: "no such job" }), element("figcaption", {}, breakable(recording + set)));
}

function showFigure(name) {
  const made = new Map(allFigures.filter(({ dataset }) => dataset.name === name).map((figure) => [Number(figure.dataset.row), figure]));
  let jobs = data.rows.map((row, index) => ({ row, index })).filter(({ row }) => row[at.state] !== "repeat" && row[at.recording]);
  const all = jobs.length;
  if (jobs.length > MOST_CELLS) {
    const having = new Set([...made.keys()].map((index) => recordingOf(data.rows[index])));
    jobs = jobs.filter(({ row }) => having.has(recordingOf(row)));
  }
  const invalid = jobs.filter(({ row }) => row[at.state] === "invalid"); // nobody knows of which set it is
  const asked = jobs.filter(({ row }) => row[at.state] !== "invalid");
  const { recordings, sets } = arrangement(asked);
  const cellOf = ({ row, index }) => made.get(index) ?? missing(row, index, name);
  const bands = recordings.map((recording) => {
    if (recording === null) return band(null, asked.map(cellOf), 6);
    const own = asked.filter(({ row }) => recordingOf(row) === recording);
    const cells = sets.flatMap((set) => {
      const ones = own.filter(({ row }) => setOf(row) === set);
      return ones.length ? ones.map(cellOf) : [notAsked(recording, set)];
    });
    return band(recording, cells, Math.min(sets.length, 6));
  });
  gallery.replaceChildren(...bands, ...(invalid.length ? [band(null, invalid.map(cellOf), 6)] : []));
  document.getElementById("figure-line").textContent = [
    `${name}: there for ${many(made.size, "job")}`,
    ...(made.size < jobs.length ? [`, missing for ${many(jobs.length - made.size, "job")}`] : []),
    ".", ...(jobs.length < all ? [` Recordings without it are left out: ${many(all - jobs.length, "job")}.`] : []),
  ].join("");
}

if (pickFigure) {
  pickFigure.addEventListener("change", () => showFigure(pickFigure.value));
  gallery.classList.add("picked");
  for (const figure of allFigures) openable(figure);
  showFigure(pickFigure.value);
}
