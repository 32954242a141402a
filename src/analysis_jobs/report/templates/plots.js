// Duration and memory by job, in the colours of the page; drawn anew when these change.
const AXES = { seconds: ["seconds", 1], peak_memory_bytes: ["MB", 1e6] };
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

function plot(place) {
  const [unit, scale] = AXES[place.dataset.measure];
  const index = at[place.dataset.measure];
  const rows = data.rows.map((row, job) => [row, job + 1]).filter(([row]) => typeof row[index] === "number");
  const values = rows.map(([row]) => row[index] / scale);
  const positive = values.filter((value) => value > 0);
  const largest = positive.reduce((most, value) => Math.max(most, value), 0);
  const smallest = positive.reduce((least, value) => Math.min(least, value), largest);
  const wide = positive.length === values.length && largest > 50 * smallest;
  const source = new Bokeh.ColumnDataSource({ data: {
    job: rows.map(([, job]) => job), value: values, file: rows.map(([row]) => row[at.file]),
    state: rows.map(([row]) => row[at.state] + (row[at.before] ? ", before" : "")),
    colour: rows.map(([row]) => colour(row[at.state])),
  } });
  const figure = Bokeh.Plotting.figure({
    height: 260, sizing_mode: "stretch_width", tools: "pan,box_zoom,reset", toolbar_location: "right",
    x_axis_label: "job, in the order of the table", y_axis_label: unit, y_axis_type: wide ? "log" : "linear",
    ...(wide ? {} : { y_range: new Bokeh.DataRange1d({ start: 0 }) }),
    background_fill_alpha: 0, border_fill_alpha: 0, outline_line_alpha: 0, output_backend: "canvas",
  });
  figure.toolbar.logo = null;
  const dots = figure.scatter({ field: "job" }, { field: "value" }, {
    source, size: rows.length > 500 ? 4 : 7, fill_color: { field: "colour" }, line_color: null, fill_alpha: 0.8,
  });
  // Bokeh shows values in tooltips as texts, as long as a column is not marked as safe
  figure.add_tools(new Bokeh.HoverTool({ renderers: [dots], tooltips: [["job", "@file"], ["state", "@state"], [unit, "@value{0.[000]}"]] }));
  for (const axis of [...figure.xaxis, ...figure.yaxis]) {
    for (const part of ["axis_label_text_color", "major_label_text_color"]) axis[part] = colour("muted");
    for (const part of ["axis_line_color", "major_tick_line_color", "minor_tick_line_color"]) axis[part] = colour("line");
    axis.axis_label_text_font_style = "normal";
  }
  for (const axis of figure.xaxis) axis.ticker.min_interval = 1;
  for (const grid of [...figure.xgrid, ...figure.ygrid]) grid.grid_line_color = colour("line");
  place.replaceChildren();
  Bokeh.Plotting.show(figure, place);
}

const drawPlots = () => document.querySelectorAll(".plot").forEach(plot);
dark.addEventListener("change", drawPlots);
drawPlots();
