// The table of all jobs
// What is displayed, where that is more than the text itself; searched and sorted is the value.
const drawn = (make) => (value, type, row) => type === "display" ? make(value, row) : DataTable.render.text().filter(value ?? "");
const clamped = drawn((value) => element("div", { className: "clamp" }, breakable(value ?? "")));
// What tells jobs apart is not cut
const labelText = drawn((value) => element("div", { className: "clamp whole" }, breakable(value ?? "")));
// Of numbers a few digits; the details have all
const shortNumbers = (value) => value.replace(/-?\d+\.\d{4,}(e[-+]?\d+)?/g, (digits) => Number(Number(digits).toPrecision(4)));
const outputsText = drawn((value) => clamped(shortNumbers(value ?? ""), "display"));
const text = DataTable.render.text();

function resultsLink(value, row) {
  const link = row[at.link];
  return link ? element("a", { href: link, target: "_blank", rel: "noopener", textContent: "open", title: value, ariaLabel: `open the results of ${row[at.label]}` }) : clamped(value, "display", row);
}

const column = (name, title, more = {}) => ({ data: at[name], title, type: "string", render: text, defaultContent: "", ...more });
const number = (name, title, className, show = String) => column(name, title, {
  type: "num", className: `number ${className}`,
  render: (value, type) => type === "display" ? (value === null || value === "" ? "" : show(value)) : value === "" ? null : value,
});
const detailsButton = (value, type, row) => type === "display" ? element("button", { type: "button", className: "more", textContent: "+", ariaExpanded: "false", ariaLabel: `Details of ${row[at.label]}` }) : "";

// In the order of the head in jobs.html; the classes say from which width on a column is there, and the details have all
const columns = [
  { data: null, title: "", orderable: false, searchable: false, render: detailsButton },
  column("label", "job", { className: "", render: labelText }),
  column("state", "state", { className: "state" }),
  column("outputs", "outputs", { className: "outputs from-700", render: outputsText }),
  column("reason", "reason", { className: "from-1000", render: clamped }),
  column("location", "results", { className: "from-700", render: drawn(resultsLink) }),
  number("seconds", "seconds", "from-1000"),
  number("peak_memory_bytes", "memory", "from-1300", sizeText),
  column("subject", "subject", { className: "from-1300" }),
  column("acquired", "acquired", { className: "from-1300", render: clamped }),
  number("attempt", "attempt", "from-1700"),
  column("parameters", "parameters", { className: "from-1700", render: clamped }),
  column("inputs", "inputs", { className: "from-2100", render: clamped }),
  column("file", "file", { className: "from-2100", render: clamped }),
  column("key", "key", { className: "key from-1300", render: drawn((value) => element("span", { textContent: value.slice(0, 12), title: value })) }),
];
const heads = [...document.querySelectorAll("#table thead th")].map((head) => head.textContent);

document.querySelector("#table tbody").replaceChildren();
document.querySelector("#table thead tr").prepend(element("td"));
const table = new DataTable("#table", {
  data: data.rows,
  deferRender: true,
  order: [],
  orderMulti: true,
  autoWidth: false,
  pageLength: 25,
  lengthMenu: [25, 100, 1000],
  layout: { topStart: "search", topEnd: "pageLength", bottomStart: "info", bottomEnd: "paging" },
  language: { search: "Search ", lengthMenu: "_MENU_ a page", info: "_START_ to _END_ of _TOTAL_ jobs", infoFiltered: "(of _MAX_)", infoEmpty: "no jobs", zeroRecords: "No job matches." },
  columns: columns.filter(({ title }) => title === "" || heads.includes(title)),
  createdRow: (line, row) => line.children[2].classList.add(row[at.state]),
});
