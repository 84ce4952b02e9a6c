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
export function clock(moment) {
    return HOUR.format(new Date(moment));
}
export function exact(moment) {
    return EXACT.format(moment);
}
/** The day, or "Today". */
export function day(moment) {
    return isToday(moment) ? "Today" : DAY.format(new Date(moment));
}
/** The time today, the date before. */
export function short(moment) {
    return isToday(moment) ? clock(moment) : DATE.format(new Date(moment));
}
function isToday(moment) {
    return new Date(moment).toDateString() === new Date().toDateString();
}
