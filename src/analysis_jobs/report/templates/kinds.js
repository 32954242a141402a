// The kinds of plots: each draws a choice into a figure
const SHAPES = ["circle", "square", "triangle", "diamond", "inverted_triangle", "hex", "star", "plus"];
const LONGEST_TICK = 24;
// The ends of a text, as paths and recordings begin alike
const tick = (text) => text.length > LONGEST_TICK ? `${text.slice(0, 8)}…${text.slice(9 - LONGEST_TICK)}` : text;

// The places of a field's values on an axis: their own, or one beside the other with names
function axisOf(field, rows, named = !isNumber(field)) {
  if (!named) return { place: (row) => field.values[row], names: null };
  const present = [...distinct(field, rows)].sort((one, other) => one - other);
  const places = new Map(present.map((value, index) => [value, index]));
  const names = present.length > MOST_PLACES ? [] : present.map((value) => field.levels ? tick(field.levels[value]) : short(value));
  return { place: (row) => places.get(field.values[row]), names, count: present.length };
}

function nameTicks(axis, { names, count }, across) {
  if (!names) return;
  if (names.length === 0) {
    axis.major_label_text_font_size = "0px";
    return;
  }
  axis.ticker = new Bokeh.FixedTicker({ ticks: names.map((_, index) => index) });
  axis.major_label_overrides = new Map(names.map((name, index) => [index, plain(name)]));
  const longest = names.reduce((most, name) => Math.max(most, name.length), 0);
  if (across && longest * count > 50) axis.major_label_orientation = Math.PI / 5;
}

const least = (values) => values.reduce((one, other) => Math.min(one, other));
const most = (values) => values.reduce((one, other) => Math.max(one, other));
const isWide = (values) => values.every((value) => value > 0) && most(values) > 50 * least(values);

function figureOf(place, { output, over, by, kind, rows }, x, y) {
  const values = [...distinct(over, rows)];
  const rangeOf = (axis) => axis.names ? { range: new Bokeh.Range1d({ start: -0.6, end: axis.count - 0.4 }) } : {};
  const [xRange, yRange] = [rangeOf(x).range, y && rangeOf(y).range];
  const figure = newFigure(place, {
    x: x.names && x.names.length === 0 ? `${over.name}, in the order of the table` : over.name, y: y ? by.name : output.name,
    ...(xRange ? { x_range: xRange } : { x_axis_type: isWide(values) ? "log" : "linear" }), ...(yRange ? { y_range: yRange } : {}),
  });
  const [[across], [upward]] = [figure.xaxis, figure.yaxis];
  nameTicks(across, x, true);
  if (y) nameTicks(upward, y, false);
  if (!x.names && over.role === "parameter" && values.length <= 8) {
    across.ticker = new Bokeh.FixedTicker({ ticks: values });
    across.major_label_overrides = new Map(values.map((value) => [value, plain(short(value))]));
  }
  return figure;
}

// Dots with what they are called; a colour and a shape for each level, where there are few. Returns the colour of a row.
function addDots(figure, { output, over, by, rows }, placeOf) {
  const levels = colours(by, rows);
  const series = (row) => levels.length ? levels.indexOf(by.values[row]) : 0;
  const inks = SHAPES.map((_, index) => colour(`series-${index + 1}`));
  const source = new Bokeh.ColumnDataSource({ data: {
    x: rows.map(placeOf), y: rows.map((row) => output.values[row]), label: rows.map((row) => data.rows[row][at.label]),
    over: rows.map((row) => isNumber(over) ? String(over.values[row]) : over.levels[over.values[row]]),
    colour: rows.map((row) => inks[series(row)]), shape: rows.map((row) => SHAPES[series(row)] ?? SHAPES[0]),
  } });
  const dots = figure.scatter({ field: "x" }, { field: "y" }, {
    source, size: rows.length > 500 ? 4 : 8, marker: { field: "shape" }, fill_color: { field: "colour" }, line_color: { field: "colour" }, fill_alpha: 0.75, line_alpha: 0.9,
  });
  addTooltips(figure, dots, [["job", "@label"], [over.name, "@over"], [output.name, "@y{0.[00000]}"]].map(([name, value]) => [name.replaceAll("@", "＠").replaceAll("$", "＄"), value]));
  return (row) => inks[series(row)];
}

function grouped(rows, nameOf) {
  const groups = new Map();
  for (const row of rows) {
    const name = nameOf(row);
    if (groups.has(name)) groups.get(name).push(row);
    else groups.set(name, [row]);
  }
  return [...groups.values()];
}

function drawLines(place, choice) {
  const { output, over, by, rows } = choice;
  const x = axisOf(over, rows);
  const figure = figureOf(place, choice, x);
  const [recording] = ofRole("recording");
  const inkOf = addDots(figure, choice, x.place);
  const groups = grouped(rows, (row) => `${recording.values[row]} ${by?.levels ? by.values[row] : ""}`);
  for (const group of groups) group.sort((one, other) => over.values[one] - over.values[other]);
  const faint = distinct(recording, rows).size > MOST_COLOURS;
  figure.multi_line({ field: "xs" }, { field: "ys" }, {
    source: new Bokeh.ColumnDataSource({ data: {
      xs: groups.map((group) => group.map(x.place)), ys: groups.map((group) => group.map((row) => output.values[row])),
      colour: groups.map(([row]) => inkOf(row)),
    } }),
    line_color: { field: "colour" }, line_alpha: faint ? 0.25 : 0.9, line_width: faint ? 1 : 1.8,
  });
  if (faint) {
    const steps = grouped(rows, (row) => over.values[row]).sort(([one], [other]) => over.values[one] - over.values[other]);
    const middle = steps.map((group) => median(group.map((row) => output.values[row])));
    figure.line(steps.map(([row]) => over.values[row]), middle, { line_color: colour("text"), line_width: 3 });
  }
  return figure;
}

// Beside each other within a strip, always in the same way
const spread = (row) => ((row * 0.618034) % 1 - 0.5) * 0.5;

function drawStrips(place, choice) {
  const { output, over, rows } = choice;
  const x = axisOf(over, rows);
  const figure = figureOf(place, choice, x);
  const groups = grouped(rows, (row) => over.values[row]);
  const alone = groups.every((group) => group.length === 1);
  addDots(figure, choice, (row) => x.place(row) + (alone ? 0 : spread(row)));
  const middle = groups.map((group) => [x.place(group[0]), median(group.map((row) => output.values[row]))]);
  const bar = (part) => middle.map(([place, value]) => [place - 0.32, value, place + 0.32, value][part]);
  if (!alone) figure.segment(bar(0), bar(1), bar(2), bar(3), { line_color: colour("text"), line_width: 2.5 });
  return figure;
}

function drawDots(place, choice) {
  const x = axisOf(choice.over, choice.rows);
  const figure = figureOf(place, choice, x);
  addDots(figure, choice, x.place);
  return figure;
}

const mapperOf = (values) => new Bokeh.LinearColorMapper({ palette: Bokeh.Palettes.Viridis256, low: least(values), high: most(values) });

function addScale(figure, mapper) {
  figure.add_layout(new Bokeh.ColorBar({
    color_mapper: mapper, background_fill_alpha: 0, major_label_text_color: colour("muted"), bar_line_color: colour("line"), major_tick_line_color: colour("line"), width: 14, padding: 4,
  }), "right");
}

function drawHeatMap(place, choice) {
  const { output, over, by, rows } = choice;
  const [x, y] = [axisOf(over, rows, true), axisOf(by, rows, true)];
  const figure = figureOf(place, choice, x, y);
  const cells = grouped(rows, (row) => `${over.values[row]} ${by.values[row]}`);
  const values = cells.map((group) => median(group.map((row) => output.values[row])));
  const mapper = mapperOf(values);
  const source = new Bokeh.ColumnDataSource({ data: {
    x: cells.map(([row]) => x.place(row)), y: cells.map(([row]) => y.place(row)), value: values, jobs: cells.map((group) => group.length),
    text: values.map(short), ink: values.map((value) => (value - mapper.low) / (mapper.high - mapper.low || 1) > 0.55 ? "#000" : "#fff"),
    over: cells.map(([row]) => String(isNumber(over) ? over.values[row] : over.levels[over.values[row]])), by: cells.map(([row]) => String(by.values[row])),
  } });
  const cell = figure.rect({ field: "x" }, { field: "y" }, 1, 1, { source, fill_color: { field: "value", transform: mapper }, line_color: colour("page"), line_width: 1 });
  if (x.count <= 10 && y.count <= 12) figure.text({ field: "x" }, { field: "y" }, { field: "text" }, { source, text_color: { field: "ink" }, text_align: "center", text_baseline: "middle", text_font_size: "12px" });
  addTooltips(figure, cell, [["over", "@over"], ["and", "@by"], ["median", "@value{0.[00000]}"], ["jobs", "@jobs"]]);
  for (const grid of [...figure.xgrid, ...figure.ygrid]) grid.visible = false;
  addScale(figure, mapper);
  return figure;
}

function drawScale(place, choice) {
  const { output, over, by, rows } = choice;
  const [x, y] = [axisOf(over, rows), axisOf(by, rows)];
  const figure = figureOf(place, choice, x, y);
  const mapper = mapperOf(rows.map((row) => output.values[row]));
  const source = new Bokeh.ColumnDataSource({ data: {
    x: rows.map(x.place), y: rows.map(y.place), value: rows.map((row) => output.values[row]), label: rows.map((row) => data.rows[row][at.label]),
  } });
  const dots = figure.scatter({ field: "x" }, { field: "y" }, { source, size: 8, fill_color: { field: "value", transform: mapper }, line_color: null });
  addTooltips(figure, dots, [["job", "@label"], ["value", "@value{0.[00000]}"]]);
  addScale(figure, mapper);
  return figure;
}

const KINDS = { lines: drawLines, strips: drawStrips, dots: drawDots, "heat map": drawHeatMap, scale: drawScale };
