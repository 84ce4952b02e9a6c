/** Moments, in the words of the reader's language. */

const HOUR = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const DATE = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const EXACT = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
});

export function clock(moment: string): string {
  return HOUR.format(new Date(moment));
}

export function exact(moment: Date): string {
  return EXACT.format(moment);
}

/** The day, or "Today". */
export function day(moment: string): string {
  return isToday(moment) ? "Today" : DAY.format(new Date(moment));
}

/** The time today, the date before. */
export function short(moment: string): string {
  return isToday(moment) ? clock(moment) : DATE.format(new Date(moment));
}

function isToday(moment: string): boolean {
  return new Date(moment).toDateString() === new Date().toDateString();
}
