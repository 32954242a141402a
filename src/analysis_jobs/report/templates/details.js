// Details below a row: all that is known of a job
function details(row) {
  const list = element("dl");
  const add = (name, ...shown) => list.append(element("dt", { textContent: name }), element("dd", {}, ...shown));
  const command = `${data.head}${row[at.job]}${data.tail} --results ${row[at.results]}`;
  const known = ["label", "file", "key", "reason", "subject", "acquired", "inputs", "parameters", "outputs"];
  for (const name of known) if (row[at[name]]) add(name, breakable(row[at[name]]));
  if (row[at.location]) add("results", breakable(row[at.location]));
  if (typeof row[at.seconds] === "number") add("seconds", row[at.seconds]);
  if (row[at.peak_memory_bytes]) add("memory", sizeText(row[at.peak_memory_bytes]));
  if (row[at.attempt]) add("attempt", row[at.attempt]);
  for (const [name, title] of [["traceback", "traceback"], ["log_tail", "end of its log"]]) {
    if (row[at[name]]) add(title, element("pre", { textContent: row[at[name]], tabIndex: 0 }));
  }
  const copy = element("button", { type: "button", className: "copy", textContent: "Copy" });
  add("run it alone", element("div", { className: "command" }, element("pre", { tabIndex: 0 }, element("code", { textContent: command })), copy));
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
