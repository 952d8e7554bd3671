// The boxes of a form as they are now, and every state before. A box never changes: another one takes its place.

export class Draft {
  constructor(boxes) {
    this.boxes = boxes;
    this.past = [];
    this.future = [];
    this.saved = boxes;
    this.run = ""; // of small steps that are one change: arrow keys on one box, letters in one input
  }

  get isSaved() {
    return this.boxes === this.saved;
  }

  /** `said`: what was done, for the last line; `run`: steps with the same one are undone together. */
  change(boxes, said, run = "") {
    const before = this.past.at(-1);
    if (run && run === this.run && before && !this.isSaved) this.past[this.past.length - 1] = { ...before, said };
    else this.past.push({ boxes: this.boxes, said });
    this.run = run;
    this.future = [];
    this.boxes = boxes;
  }

  undo() {
    const step = this.past.pop();
    if (!step) return "";
    this.future.push({ boxes: this.boxes, said: step.said });
    this.boxes = step.boxes;
    this.run = "";
    return step.said;
  }

  redo() {
    const step = this.future.pop();
    if (!step) return "";
    this.past.push({ boxes: this.boxes, said: step.said });
    this.boxes = step.boxes;
    this.run = "";
    return step.said;
  }

  find(key) {
    return this.boxes.find((box) => box.key === key);
  }

  /** The boxes with one of them changed. */
  with(key, values) {
    return this.boxes.map((box) => (box.key === key ? { ...box, ...values } : box));
  }

  without(key) {
    return this.boxes.filter((box) => box.key !== key);
  }
}
