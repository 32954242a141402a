// The search runs in a worker, which a page that is opened from a disk may not start: there a hidden frame stands in.
// The plugin `offline` looks for this file's name, and would otherwise let every page fetch one from elsewhere.
class FrameWorker extends EventTarget {
  constructor(url) {
    super()
    this.frame = document.createElement("iframe")
    this.frame.hidden = true
    this.frame.srcdoc = "<!doctype html>"
    this.ready = new Promise((resolve, reject) => {
      this.frame.onload = () => {
        const script = this.frame.contentDocument.createElement("script")
        Object.assign(script, { src: url, onload: resolve, onerror: reject })
        // What the worker sends would go to its own window, which is the frame's
        this.frame.contentWindow.postMessage = data => this.dispatchEvent(new MessageEvent("message", { data }))
        this.frame.contentDocument.body.append(script)
      }
    })
    document.body.append(this.frame)
  }

  postMessage(data) {
    this.ready.then(() => this.frame.contentWindow.dispatchEvent(new MessageEvent("message", { data })))
  }

  terminate() {
    this.frame.remove()
  }
}

if (location.protocol === "file:") window.Worker = FrameWorker
