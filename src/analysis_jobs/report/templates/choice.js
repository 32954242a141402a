// What to draw of an output: over which field, told apart by which, and so as what kind of plot
const MOST_PLACES = 40; // on an axis that names each
const MOST_COLOURS = 8;

// A text of each row as a field: the levels in the order of the rows, those of dates in the order of time
function fieldOfTexts(role, name = role) {
  const texts = data.rows.map((row) => row[at[role]] || null);
  const levels = [...new Set(texts.filter((value) => value !== null))];
  if (role !== "recording") levels.sort();
  const numbers = new Map(levels.map((level, index) => [level, index]));
  return { name, role, levels, values: texts.map((value) => value === null ? null : numbers.get(value)) };
}

const fields = [...data.fields, ...["recording", "subject", "acquired"].map((role) => fieldOfTexts(role))];
const ofRole = (...roles) => fields.filter(({ role }) => roles.includes(role));
const isNumber = (field) => !field.levels;
const distinct = (field, rows) => new Set(rows.map((row) => field.values[row]).filter((value) => value !== null));

// Whether two fields divide the rows in the same way, so that one of them tells all
function sameParts(one, other, rows) {
  const pairs = new Set(rows.map((row) => `${one.values[row]} ${other.values[row]}`)).size;
  return pairs === new Set(rows.map((row) => one.values[row])).size && pairs === new Set(rows.map((row) => other.values[row])).size;
}

// The parameters that differ among rows, numbers first, each of those that go together once
function varying(rows) {
  const found = ofRole("parameter").filter((field) => distinct(field, rows).size > 1);
  found.sort((one, other) => Number(isNumber(other)) - Number(isNumber(one)));
  return found.filter((field, index) => !found.slice(0, index).some((other) => sameParts(field, other, rows)));
}

// With two numbers a heat map; with one, lines by recording or in the colours of a text; with texts, strips
function automatic(rows) {
  const [recording] = ofRole("recording");
  const parameters = varying(rows);
  const [first, second] = parameters;
  if (!first) return { over: recording, by: null };
  if (!isNumber(first)) return { over: first, by: second ?? null };
  return { over: first, by: second ?? (distinct(recording, rows).size > 1 ? recording : null) };
}

function kindOf({ over, by }, rows) {
  const places = distinct(over, rows).size;
  if (by && isNumber(by)) return Math.max(places, distinct(by, rows).size) <= MOST_PLACES ? "heat map" : "scale";
  if (isNumber(over)) return over.role === "parameter" ? "lines" : "dots";
  return places <= MOST_PLACES ? "strips" : "dots";
}

// All that is drawn of an output, with the rows that have one; what the reader has picked goes before
function choiceOf(output, picked) {
  const { over: likely } = automatic(data.rows.map((_, row) => row).filter((row) => output.values[row] !== null));
  const over = picked.over ?? likely;
  const rows = data.rows.map((_, row) => row).filter((row) => output.values[row] !== null && over.values[row] !== null);
  const { by: likelyBy, over: first } = automatic(rows);
  const fallback = over === first ? likelyBy : over.role === "recording" ? null : over === likelyBy ? first : likelyBy;
  const by = picked.by === undefined ? fallback : picked.by;
  const choice = { output, over, by: by === over ? null : by };
  const drawn = choice.by && isNumber(choice.by) ? rows.filter((row) => choice.by.values[row] !== null) : rows;
  const without = output.values.filter((value) => value !== null).length - drawn.length;
  return { ...choice, rows: drawn, without, kind: kindOf(choice, drawn) };
}
