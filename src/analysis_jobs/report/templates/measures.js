// Duration and memory by job
const AXES = { seconds: ["seconds", 1], peak_memory_bytes: ["MB", 1e6] };

function drawMeasure(place) {
  const [unit, scale] = AXES[place.dataset.measure];
  const index = at[place.dataset.measure];
  const rows = data.rows.map((row, job) => [row, job + 1]).filter(([row]) => typeof row[index] === "number");
  const values = rows.map(([row]) => row[index] / scale);
  const positive = values.filter((value) => value > 0);
  const largest = positive.reduce((most, value) => Math.max(most, value), 0);
  const smallest = positive.reduce((least, value) => Math.min(least, value), largest);
  const wide = positive.length === values.length && largest > 50 * smallest;
  const source = new Bokeh.ColumnDataSource({ data: {
    job: rows.map(([, job]) => job), value: values, label: rows.map(([row]) => row[at.label]),
    state: rows.map(([row]) => row[at.state] + (row[at.before] ? ", before" : "")),
    colour: rows.map(([row]) => colour(row[at.state])),
  } });
  const figure = newFigure(place, {
    x: "job, in the order of the table", y: unit, y_axis_type: wide ? "log" : "linear",
    ...(wide ? {} : { y_range: new Bokeh.DataRange1d({ start: 0 }) }),
  });
  const dots = figure.scatter({ field: "job" }, { field: "value" }, {
    source, size: rows.length > 500 ? 4 : 7, fill_color: { field: "colour" }, line_color: null, fill_alpha: 0.8,
  });
  addTooltips(figure, dots, [["job", "@label"], ["state", "@state"], [unit, "@value{0.[000]}"]]);
  for (const axis of figure.xaxis) axis.ticker.min_interval = 1;
  Bokeh.Plotting.show(figure, place);
}

for (const place of document.querySelectorAll("[data-measure]")) drawWhenNear(place, drawMeasure);
