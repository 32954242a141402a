/* A message that is pasted into the search field is searched for by its words: signs such as - and : are operators there. */
document.addEventListener("paste", (event) => {
  const field = event.target
  if (!(field instanceof HTMLInputElement) || field.dataset.mdComponent !== "search-query") return
  event.preventDefault()
  const words = event.clipboardData.getData("text").replace(/[^\p{L}\p{N}_]+/gu, " ").trim()
  field.setRangeText(words, field.selectionStart, field.selectionEnd, "end")
  // What the search listens to
  field.dispatchEvent(new KeyboardEvent("keyup", { bubbles: true }))
})
