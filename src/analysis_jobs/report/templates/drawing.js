// What all plots have: the colours of the page, which they follow, and being drawn when the reader comes near
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const plain = (text) => new Bokeh.PlainText({ text }); // a bare text with $$ would be taken for a formula

function newFigure(place, { x, y, ...more }) {
  const figure = Bokeh.Plotting.figure({
    height: place.clientHeight, sizing_mode: "stretch_width", tools: "pan,box_zoom,reset", toolbar_location: "right",
    x_axis_label: plain(x), y_axis_label: plain(y), background_fill_alpha: 0, border_fill_alpha: 0, outline_line_alpha: 0,
    output_backend: "canvas", ...more,
  });
  figure.toolbar.logo = null;
  for (const axis of [...figure.xaxis, ...figure.yaxis]) {
    for (const part of ["axis_label_text_color", "major_label_text_color"]) axis[part] = colour("muted");
    for (const part of ["axis_line_color", "major_tick_line_color", "minor_tick_line_color"]) axis[part] = colour("line");
    axis.axis_label_text_font_style = "normal";
  }
  for (const grid of [...figure.xgrid, ...figure.ygrid]) grid.grid_line_color = colour("line");
  return figure;
}

// Bokeh shows values in tooltips as texts, as long as a column is not marked as safe
function addTooltips(figure, renderer, tooltips) {
  figure.add_tools(new Bokeh.HoverTool({ renderers: [renderer], tooltips }));
}

const drawers = new Map(); // of each place, what draws it
const draw = (place) => {
  place.replaceChildren();
  drawers.get(place)(place);
};
const near = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) continue;
    near.unobserve(target);
    draw(target);
  }
}, { rootMargin: "400px" });

function drawWhenNear(place, drawer) {
  drawers.set(place, drawer);
  near.observe(place);
}

function forget(place) {
  near.unobserve(place);
  drawers.delete(place);
}

dark.addEventListener("change", () => {
  for (const place of drawers.keys()) if (place.firstChild) draw(place);
});
addEventListener("beforeprint", () => {
  for (const place of drawers.keys()) if (!place.firstChild) draw(place);
});
