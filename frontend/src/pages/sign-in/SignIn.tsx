import { type FormEvent, useState } from "react";
import { Link, Navigate, useLocation } from "react-router";
import { signIn } from "@/api/auth";
import { FormField } from "@/components/form/FormField";
import { useSubmit } from "@/components/form/useSubmit";
import { PageTitle } from "@/components/PageTitle";
import { Alert } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Input } from "@/components/ui/input";
import { useSession } from "@/session/useSession";

/** Where the person wanted to go before we asked who they are. */
function useWayOn(): string {
  const { state } = useLocation() as { state: { from?: string } | null };
  return state?.from ?? "/dashboard";
}

export default function SignIn() {
  const { status, remember } = useSession();
  const wayOn = useWayOn();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const form = useSubmit(["email", "password"], async () => remember(await signIn({ email, password })));

  if (status === "signed_in") return <Navigate to={wayOn} replace />;

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    void form.submit(undefined);
  }

  return (
    <div className="mx-auto max-w-md">
      <PageTitle title="Sign in">Welcome back.</PageTitle>
      <Card>
        <form onSubmit={onSubmit} noValidate className="space-y-4">
          {form.message && (
            <Alert role="alert" variant="danger">
              {form.message}
            </Alert>
          )}
          <FormField label="Email" error={form.errors.email}>
            {(control) => (
              <Input
                {...control}
                type="email"
                autoComplete="email"
                value={email}
                onChange={(event) => setEmail(event.target.value)}
              />
            )}
          </FormField>
          <FormField label="Password" error={form.errors.password}>
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
          <Button type="submit" className="w-full" disabled={form.pending}>
            Sign in
          </Button>
        </form>
        <p className="mt-4 text-sm">
          New here?{" "}
          <Link className="font-medium underline" to="/register">
            Create an account
          </Link>
        </p>
      </Card>
    </div>
  );
}
