/** One field that the server did not accept (RFC 9457 extension member `errors`). */
export interface FieldProblem {
  readonly field: string;
  readonly message: string;
}

/** A refusal or failure of the API, from an `application/problem+json` answer. Status 0: no answer came. */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";

  constructor(
    readonly status: number,
    message: string,
    readonly fields: readonly FieldProblem[] = [],
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(message);
  }

  /** The messages by the last part of the field's path: `mood.mood_score` is found under `mood_score`. */
  byField(): Record<string, string> {
    return Object.fromEntries(this.fields.map(({ field, message }) => [lastPart(field), message]));
  }
}

function lastPart(field: string): string {
  return (
    field
      .replace(/\[.*\]$/, "")
      .split(".")
      .at(-1) ?? field
  );
}

const UNREADABLE = "Something went wrong on our side. Please try again in a moment.";

/** Reads an error answer; anything that is not a problem document gets a plain general message. */
export async function problemOf(response: Response): Promise<ApiProblem> {
  const type = response.headers.get("content-type") ?? "";
  const body: unknown = type.includes("json") ? await response.json().catch(() => null) : null;
  if (!isRecord(body)) return new ApiProblem(response.status, UNREADABLE);
  const message = text(body.detail) ?? text(body.title) ?? UNREADABLE;
  const retryAfter = typeof body.retry_after_seconds === "number" ? body.retry_after_seconds : null;
  return new ApiProblem(response.status, message, fieldProblems(body.errors), retryAfter);
}

function fieldProblems(errors: unknown): FieldProblem[] {
  if (!Array.isArray(errors)) return [];
  return errors.filter(isRecord).flatMap((error) => {
    const [field, message] = [text(error.field), text(error.message)];
    return field !== null && message !== null ? [{ field, message }] : [];
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** What to show a person for any failure. */
export function messageOf(error: unknown): string {
  return error instanceof ApiProblem ? error.message : UNREADABLE;
}
