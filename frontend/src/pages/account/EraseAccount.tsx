import { type FormEvent, useState } from "react";
import { useNavigate } from "react-router";
import { eraseAccount } from "@/api/auth";
import { FormField } from "@/components/form/FormField";
import { useSubmit } from "@/components/form/useSubmit";
import { Alert } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Input } from "@/components/ui/input";

/** Typed by hand, so that nobody erases an account by a slip. */
const CONFIRMATION = "erase";

function EraseForm() {
  const navigate = useNavigate();
  const [typed, setTyped] = useState("");
  const [password, setPassword] = useState("");
  const form = useSubmit(["password"], async () => {
    await eraseAccount(password);
    await navigate("/erased", { replace: true, state: { erased: true } });
  });
  const ready = typed.trim().toLowerCase() === CONFIRMATION && password !== "" && !form.pending;

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    if (ready) void form.submit(undefined);
  }

  return (
    <form onSubmit={onSubmit} noValidate className="space-y-4">
      <Alert variant="danger">
        <strong>This cannot be undone.</strong> Your talks, moods and profile can never be read again by
        anyone, and we cannot bring them back.
      </Alert>
      {form.message && (
        <Alert role="alert" variant="danger">
          Nothing was erased. {form.message}
        </Alert>
      )}
      <FormField label={`Type “${CONFIRMATION}” to confirm`}>
        {(control) => (
          <Input
            {...control}
            autoComplete="off"
            autoCapitalize="none"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        )}
      </FormField>
      <FormField label="Your password" error={form.errors.password}>
        {(control) => (
          <Input
            {...control}
            type="password"
            autoComplete="current-password"
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        )}
      </FormField>
      <Button type="submit" variant="danger" disabled={!ready}>
        Erase everything
      </Button>
    </form>
  );
}

export function EraseAccount() {
  const [open, setOpen] = useState(false);
  return (
    <Card className="space-y-4">
      <h2 className="text-xl font-semibold">Erase your account</h2>
      <p>All that you said, noted and told us about yourself goes with it.</p>
      <Button variant="outline" aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? "Keep my account" : "Erase my account…"}
      </Button>
      {open && <EraseForm />}
    </Card>
  );
}
