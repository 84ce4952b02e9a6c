/** Does one thing after the other: what a connection asks for, in its order. */
export class EventQueue {
  last = Promise.resolve();

  add(work) {
    this.last = this.last.then(work).catch(console.error);
  }
}
