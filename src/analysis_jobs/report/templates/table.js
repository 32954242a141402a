// The table of all jobs. Texts from outside become text nodes, or go through DataTables' text renderer: never markup.
const data = JSON.parse(document.getElementById("data").textContent);
const at = Object.fromEntries(data.columns.map((name, index) => [name, index]));
for (const row of data.rows) for (const name of data.text_columns) row[at[name]] = data.texts[row[at[name]]];

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  Object.assign(made, attributes);
  made.append(...children);
  return made;
}

const sizeText = (bytes) => bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e6).toFixed(1)} MB`;

// What is displayed, where that is more than the text itself; searched and sorted is the value.
const drawn = (make) => (value, type, row) => type === "display" ? make(value, row) : DataTable.render.text().filter(value ?? "");
const clamped = drawn((value) => element("div", { className: "clamp", textContent: value }));
const text = DataTable.render.text();

function resultsLink(value, row) {
  const link = row[at.link];
  return link ? element("a", { href: link, target: "_blank", rel: "noopener", textContent: "open", title: value }) : element("div", { className: "clamp", textContent: value });
}

const column = (name, title, more = {}) => ({ data: at[name], title, type: "string", render: text, defaultContent: "", ...more });
const number = (name, title, show = String) => column(name, title, {
  type: "num", className: "number",
  render: (value, type) => type === "display" ? (value === null || value === "" ? "" : show(value)) : value === "" ? null : value,
});

for (const notice of document.querySelectorAll(".without-scripts")) notice.remove();
document.querySelector("#table tbody").replaceChildren();
document.querySelector("#table thead tr").prepend(element("th"));
const table = new DataTable("#table", {
  data: data.rows,
  deferRender: true,
  order: [],
  orderMulti: true,
  autoWidth: false,
  pageLength: 25,
  lengthMenu: [25, 100, 1000],
  layout: { topStart: "search", topEnd: "pageLength", bottomStart: "info", bottomEnd: "paging" },
  language: { search: "Search ", lengthMenu: "_MENU_ a page", info: "_START_ to _END_ of _TOTAL_ jobs", infoFiltered: "(of _MAX_)", infoEmpty: "no jobs", zeroRecords: "No job is like that." },
  columns: [
    { data: null, title: "", orderable: false, searchable: false, render: (value, type, row) => type === "display" ? element("button", { type: "button", className: "more", textContent: "+", ariaExpanded: "false", ariaLabel: `Details of ${row[at.file]}` }) : "" },
    column("file", "file", { className: "wide", render: clamped }),
    column("state", "state", { className: "state" }),
    column("reason", "reason", { className: "wide", render: clamped }),
    column("location", "results", { render: drawn(resultsLink) }),
    number("attempt", "attempt"),
    number("seconds", "seconds"),
    number("peak_memory_bytes", "memory", sizeText),
    column("inputs", "inputs", { className: "wide", render: clamped }),
    column("parameters", "parameters", { className: "wide", render: clamped }),
    column("key", "key", { className: "key", render: drawn((value) => element("span", { textContent: value.slice(0, 12), title: value })) }),
  ],
  createdRow: (line, row) => line.children[2].classList.add(row[at.state]),
});

// Details below a row
function details(row) {
  const list = element("dl");
  const add = (name, ...shown) => list.append(element("dt", { textContent: name }), element("dd", {}, ...shown));
  const command = `${data.head}${row[at.job]}${data.tail} --results ${row[at.results]}`;
  add("key", row[at.key]);
  for (const name of ["reason", "inputs", "parameters", "outputs"]) if (row[at[name]]) add(name, row[at[name]]);
  if (row[at.location]) add("results", row[at.location]);
  if (row[at.traceback]) add("traceback", element("pre", { textContent: row[at.traceback] }));
  if (row[at.log_tail]) add("end of its log", element("pre", { textContent: row[at.log_tail] }));
  const copy = element("button", { type: "button", className: "copy", textContent: "Copy" });
  add("run it alone", element("div", { className: "command" }, element("pre", {}, element("code", { textContent: command })), copy), row[at.note]);
  return element("div", { className: "details" }, list);
}

table.on("click", "button.more", (event) => {
  const row = table.row(event.target.closest("tr"));
  const opens = !row.child.isShown();
  if (opens) row.child(details(row.data())).show();
  else row.child.hide();
  event.target.textContent = opens ? "−" : "+";
  event.target.ariaExpanded = String(opens);
});

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

document.addEventListener("click", async (event) => {
  if (!event.target.matches("button.copy")) return;
  const code = event.target.parentElement.querySelector("code");
  try {
    await navigator.clipboard.writeText(code.textContent);
    event.target.textContent = "Copied";
  } catch { // refused, or there is none: the reader copies what is selected
    getSelection().selectAllChildren(code);
    event.target.textContent = "Selected";
  }
});

const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark", dark.matches); // DataTables' own colours
dark.addEventListener("change", follow);
follow();
