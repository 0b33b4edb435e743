// Numbers and times as people read them.

const WHOLE = new Intl.NumberFormat("en");
const CLOCK = new Intl.DateTimeFormat(undefined, {hour: "2-digit", minute: "2-digit", second: "2-digit"});
const FULL = new Intl.DateTimeFormat(undefined, {dateStyle: "medium", timeStyle: "medium"});

/** 1,204; a dash for what is not known. */
export function count(number) {
  return known(number) ? WHOLE.format(number) : "–";
}

/** "1 task", "1,204 tasks". */
export function counted(number, one, many = `${one}s`) {
  return `${count(number)} ${number === 1 ? one : many}`;
}

/** Whether the API knows a number: it says null or -1 when it does not. */
export function known(number) {
  return typeof number === "number" && Number.isFinite(number) && number >= 0;
}

/** 512 B, 1.4 kB, 3.2 GB. */
export function bytes(number) {
  if (!known(number)) {
    return "–";
  }
  let value = number;
  for (const unit of ["B", "kB", "MB", "GB"]) {
    if (value < 1000) {
      return `${shortened(value)} ${unit}`;
    }
    value /= 1000;
  }
  return `${shortened(value)} TB`;
}

function shortened(value) {
  return value < 10 && value % 1 !== 0 ? value.toFixed(1) : WHOLE.format(Math.round(value));
}

/** 80 ms, 1.2 s, 3 min 5 s, 2 h 10 min, 4 d. */
export function span(millis) {
  if (!known(millis)) {
    return "–";
  }
  if (millis < 1000) {
    return `${Math.round(millis)} ms`;
  }
  const seconds = millis / 1000;
  if (seconds < 60) {
    return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  }
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) {
    return both(minutes, "min", Math.round(seconds % 60), "s");
  }
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? both(hours, "h", minutes % 60, "min") : both(Math.floor(hours / 24), "d", hours % 24, "h");
}

function both(large, unit, small, smaller) {
  return small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smaller}`;
}

/** "just now", "12 s ago", "in 3 min"; a dash for never. @param {string | number | null | undefined} when ISO 8601 or milliseconds */
export function ago(when, now = Date.now()) {
  const at = typeof when === "number" ? when : Date.parse(when ?? "");
  if (Number.isNaN(at)) {
    return "–";
  }
  const gone = now - at;
  if (Math.abs(gone) < 2000) {
    return "just now";
  }
  return gone > 0 ? `${rough(gone)} ago` : `in ${rough(-gone)}`;
}

function rough(millis) {
  const seconds = Math.round(millis / 1000);
  if (seconds < 60) {
    return `${seconds} s`;
  }
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) {
    return `${minutes} min`;
  }
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} d`;
}

/** 14:03:27 on this machine's clock. */
export function clock(when) {
  const at = new Date(when);
  return Number.isNaN(at.getTime()) ? "–" : CLOCK.format(at);
}

/** Date and time. */
export function moment(when) {
  const at = new Date(when);
  return Number.isNaN(at.getTime()) ? "–" : FULL.format(at);
}

/** 87 %, 3.5 %. */
export function percent(number) {
  return known(number) ? `${number < 10 && number % 1 !== 0 ? number.toFixed(1) : Math.round(number)} %` : "–";
}

/** What a constant of the API is in words: `half_open` is "half open". */
export function words(name) {
  return String(name ?? "").replaceAll(/[_-]/g, " ");
}

/** The first letter large. */
export function capital(sentence) {
  return sentence ? sentence[0].toUpperCase() + sentence.slice(1) : "";
}
