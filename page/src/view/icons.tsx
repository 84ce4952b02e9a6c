/** Pictures for buttons; what they mean is said by the label of the button. */

import { h } from "../vendor/preact.js";

const PATHS = {
  back: "M15 5l-7 7 7 7",
  bolt: "M13 3L5 14h6l-1 7 8-11h-6l1-7z",
  check: "M5 13l4 4L19 7",
  close: "M6 6l12 12M18 6L6 18",
  copy: "M9 9h10v10H9zM5 15V5h10",
  edit: "M4 20l1-4L16 5l3 3L8 19l-4 1zM14 7l3 3",
  frames: "M4 7h12l-3-3M20 17H8l3 3",
  in: "M12 5v14M6 13l6 6 6-6",
  leave: "M10 4H5v16h5M14 8l4 4-4 4M18 12H9",
  out: "M12 19V5M6 11l6-6 6 6",
  plus: "M12 5v14M5 12h14",
  plug: "M9 3v5M15 3v5M6 8h12v3a6 6 0 01-12 0V8zM12 17v4",
  reply: "M9 6l-5 5 5 5M4 11h9c4 0 7 2 7 7",
  send: "M12 19V5M5.500 11.500L12 5l6.500 6.500",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13",
} as const;

export function Icon({ of }: { of: keyof typeof PATHS }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[of]} />
    </svg>
  );
}

export function Brand() {
  return (
    <svg class="brand" viewBox="0 0 24 24" aria-hidden="true">
      <path class="one" d="M3 4h12v9H8l-3.500 3V13H3z" />
      <path class="other" d="M18 8h3v9h-1.500v3L16 17H9.500v-2H17q1 0 1-1z" />
    </svg>
  );
}
