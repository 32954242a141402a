// What is drawn, in words: for who does not know this kind of plot, and for who cannot see it
const short = (value) => String(Number(value.toPrecision(4)));

function median(values) {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length / 2;
  return sorted.length % 2 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const colours = (by, rows) => by && by.levels && distinct(by, rows).size <= MOST_COLOURS ? [...distinct(by, rows)].sort((one, other) => one - other) : [];

const WHAT = {
  lines({ by, rows }) {
    const recordings = distinct(ofRole("recording")[0], rows).size;
    const coloured = colours(by, rows).length && by.role !== "recording" ? `, in the colours of ${by.name}` : "";
    if (recordings === 1) return `a line through ${many(rows.length, "job")}${coloured}`;
    const each = `a line for each of ${many(recordings, "recording")}${coloured}`;
    return recordings > MOST_COLOURS ? `${each}, and the median of all as a thick one` : each;
  },
  strips: ({ by, rows }) => `a dot for each of ${many(rows.length, "job")}${colours(by, rows).length ? `, in the colours of ${by.name}` : ""}; the bar is the median`,
  dots: ({ by, rows }) => `a dot for each of ${many(rows.length, "job")}${colours(by, rows).length ? `, in the colours of ${by.name}` : ""}`,
  scale: ({ by, rows }) => `a dot for each of ${many(rows.length, "job")}, the brighter the larger its value`,
  "heat map"({ over, by, rows }) {
    const cells = new Set(rows.map((row) => `${over.values[row]} ${by.values[row]}`)).size;
    return cells === rows.length ? "each cell is a job, the brighter the larger its value" : `each cell is the median of its jobs, ${rows.length.toLocaleString("en")} in all, the brighter the larger`;
  },
};

// All but the name of the output, with which it begins
function sentence(choice) {
  const { output, over, by, kind, rows, without } = choice;
  const needed = by && isNumber(by) ? [over.name, by.name] : [over.name];
  const values = rows.map((row) => output.values[row]);
  const extreme = (better) => rows.reduce((best, row) => better(output.values[row], output.values[best]) ? row : best, rows[0]);
  const lowest = extreme((one, other) => one < other);
  const highest = extreme((one, other) => one > other);
  const named = (row) => `${short(output.values[row])} (${data.rows[row][at.label]})`;
  const missed = varying(rows).filter((field) => field !== over && field !== by).map(({ name }) => name);
  return [
    `over ${needed.join(" and ")}: ${WHAT[kind](choice)}.`,
    `Median ${short(median(values))}, lowest ${named(lowest)}, highest ${named(highest)}.`,
    ...(without ? [`Left out, as they have no ${needed.join(" or no ")}: ${many(without, "job")}.`] : []),
    ...(missed.length ? [`Not told apart: ${missed.join(", ")}.`] : []),
  ].join(" ");
}
