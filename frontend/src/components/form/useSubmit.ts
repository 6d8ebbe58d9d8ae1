import { useState } from "react";
import { ApiProblem, messageOf } from "@/api/problem";

export interface Submission<T> {
  readonly pending: boolean;
  /** What went wrong with the whole; null when each problem belongs to a field that the form shows. */
  readonly message: string | null;
  /** By field name of the API. */
  readonly errors: Readonly<Record<string, string>>;
  /** Does it, and gives true when it worked. */
  readonly submit: (values: T) => Promise<boolean>;
}

/** Sends a form; keeps its errors by field, of the fields that the form shows. */
export function useSubmit<T>(fields: readonly string[], send: (values: T) => Promise<void>): Submission<T> {
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);

  async function submit(values: T): Promise<boolean> {
    setPending(true);
    setProblem(null);
    try {
      await send(values);
      return true;
    } catch (error) {
      setProblem(error);
      return false;
    } finally {
      setPending(false);
    }
  }

  const errors = problem instanceof ApiProblem ? problem.byField() : {};
  const named = Object.keys(errors);
  const allShown = named.length > 0 && named.every((field) => fields.includes(field));
  return { pending, message: problem === null || allShown ? null : messageOf(problem), errors, submit };
}
