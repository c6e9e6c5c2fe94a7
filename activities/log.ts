/** The part of the logger that activities use. */
export interface ActivityLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export const silentLog: ActivityLog = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
