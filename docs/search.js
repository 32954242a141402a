/* Of a message that is pasted into the search field, the longest stretch of plain words is searched for. Names, paths and numbers
   differ each time, so no page has them, and signs such as - and : are operators there. In quotation marks, all words count. */
const plainWords = (text) => {
  const stretches = text
    .replace(/\S*(?:[/\\\d]|\.\w)\S*/g, ";") // what looks like a name, a path or a number
    .split(/[;:,()"'`]|\.(?:\s|$)/)
    .map((stretch) => stretch.match(/[\p{L}_]+/gu) ?? [])
  const longest = stretches.reduce((one, other) => (other.length > one.length ? other : one))
  return longest.length > 2 ? `"${longest.join(" ")}"` : stretches.flat().join(" ")
}

document.addEventListener("paste", (event) => {
  const field = event.target
  if (!(field instanceof HTMLInputElement) || field.dataset.mdComponent !== "search-query") return
  event.preventDefault()
  const words = plainWords(event.clipboardData.getData("text"))
  field.setRangeText(words, field.selectionStart, field.selectionEnd, "end")
  // What the search listens to
  field.dispatchEvent(new KeyboardEvent("keyup", { bubbles: true }))
})
