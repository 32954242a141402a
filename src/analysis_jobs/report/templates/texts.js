// The data, and how texts from outside are shown: as text nodes, or by DataTables' text renderer, and never as markup.
const block = document.getElementById("data");

async function unpacked(text) {
  const letters = atob(text.trim());
  const bytes = new Uint8Array(letters.length);
  for (let index = 0; index < letters.length; index += 1) bytes[index] = letters.charCodeAt(index);
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
}

const data = JSON.parse(block.type === "application/json" ? block.textContent : await unpacked(block.textContent));
block.remove();
const at = Object.fromEntries(data.columns.map((name, index) => [name, index]));
for (const row of data.rows) for (const name of data.text_columns) row[at[name]] = data.texts[row[at[name]]];
for (const notice of document.querySelectorAll(".without-scripts")) notice.remove();
for (const control of document.querySelectorAll(".controls")) control.hidden = false;

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  Object.assign(made, attributes);
  made.append(...children);
  return made;
}

// Where a line may end: `breaks.py` has the same
const pieces = (part) => /\S{41}/u.test(part) ? part.match(/.{1,20}/gsu) : [part];
function breakable(text) {
  const parts = String(text).split(/(?:(?<=[_/,:;?&@|])|(?<=\w-)(?<!\d[eE]-)|(?<=[^\d\s]\.))(?=\w)/).flatMap(pieces);
  const made = document.createDocumentFragment();
  parts.forEach((part, index) => made.append(...(index ? [document.createElement("wbr"), part] : [part])));
  return made;
}

const many = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
const sizeText = (bytes) => bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e6).toFixed(1)} MB`;

const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark", dark.matches); // DataTables' own colours
dark.addEventListener("change", follow);
follow();
