import { type FormEvent, useState } from "react";
import { Link, Navigate } from "react-router";
import { register } from "@/api/auth";
import { CountryField } from "@/components/form/CountryField";
import { FormField } from "@/components/form/FormField";
import { useSubmit } from "@/components/form/useSubmit";
import { PageTitle } from "@/components/PageTitle";
import { Alert } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Input } from "@/components/ui/input";
import { ownTimezone } from "@/lib/dates";
import { useSession } from "@/session/useSession";

const FIELDS = ["email", "password", "country"];

export default function Register() {
  const { status, remember } = useSession();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [country, setCountry] = useState("");
  const form = useSubmit(FIELDS, async () =>
    remember(await register({ email, password, country, username: "", timezone: ownTimezone() })),
  );

  if (status === "signed_in") return <Navigate to="/talk" replace />;

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    void form.submit(undefined);
  }

  return (
    <div className="mx-auto max-w-md">
      <PageTitle title="Create your account">
        For self-help, not for emergencies. What you say is kept encrypted, for you alone.
      </PageTitle>
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
          <FormField label="Password" hint="At least 10 characters." error={form.errors.password}>
            {(control) => (
              <Input
                {...control}
                type="password"
                autoComplete="new-password"
                value={password}
                onChange={(event) => setPassword(event.target.value)}
              />
            )}
          </FormField>
          <CountryField value={country} onChange={setCountry} error={form.errors.country} />
          <Button type="submit" className="w-full" disabled={form.pending}>
            Create account
          </Button>
        </form>
        <p className="mt-4 text-sm">
          Already have an account?{" "}
          <Link className="font-medium underline" to="/sign-in">
            Sign in
          </Link>
        </p>
      </Card>
    </div>
  );
}
