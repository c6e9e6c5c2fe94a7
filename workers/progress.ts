// What `npm start` shows: one line for each part, with the present one alive on a terminal.
import pico from 'picocolors';
import type { Progress } from './supervisor.js';

export interface Screen {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const CLEAR_LINE = '\r\u001b[2K';

/** Lines with the time that each part took. Without a terminal nothing is overwritten, so it also reads in a log. */
export const screenProgress = (screen: Screen): Progress => {
  let present: string | undefined;
  const live = screen.isTTY === true;
  const line = (text: string): void => {
    const redraw = present === undefined ? '' : waiting(present);
    screen.write(live ? `${CLEAR_LINE}${text}\n${redraw}` : `${text}\n`);
  };
  const finish = (text: string): void => {
    present = undefined;
    line(text);
  };
  return {
    starting: (title) => {
      present = title;
      if (live) screen.write(waiting(title));
    },
    started: (title, detail, tookMs) => finish(`${pico.green('✔')} ${title}${describe(detail, tookMs)}`),
    failed: (title) => finish(`${pico.red('✖')} ${title}`),
    note: (sentence) => line(pico.dim(`  ${sentence}`)),
  };
};

const waiting = (title: string): string => `${pico.cyan('…')} ${title}`;

const describe = (detail: string | undefined, tookMs: number): string => {
  const seconds = `${(tookMs / 1000).toFixed(1)} s`;
  return detail === undefined ? pico.dim(` (${seconds})`) : ` ${detail} ${pico.dim(`(${seconds})`)}`;
};
