import { create } from "@bufbuild/protobuf";
import {
  EraseAccountRequestSchema,
  EraseAccountResponseSchema,
  GetProfileResponseSchema,
  type Profile,
  type RegisterRequest,
  RegisterRequestSchema,
  RegisterResponseSchema,
  type SignInRequest,
  SignInRequestSchema,
  SignInResponseSchema,
  UpdateProfileRequestSchema,
  UpdateProfileResponseSchema,
} from "@/gen/voicecbt/auth/v1/auth_pb";
import { newId } from "@/lib/ids";
import { call, callFor, json } from "./client";
import { ApiProblem } from "./problem";

/** Tokens come as HttpOnly cookies, so that no script can read them. */
const BY_COOKIE = { token_delivery: "cookie" } as const;

type Fields<T> = Omit<T, "$typeName" | "$unknown">;

/** Who is signed in; null when nobody is. */
export async function fetchProfile(): Promise<Profile | null> {
  try {
    const answer = await callFor(GetProfileResponseSchema, { method: "GET", path: "/me" });
    return answer.profile ?? null;
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 401) return null;
    throw error;
  }
}

/** Creates an account and signs it in. */
export async function register(fields: Fields<RegisterRequest>): Promise<Profile | null> {
  const body = { ...json(RegisterRequestSchema, create(RegisterRequestSchema, fields)), ...BY_COOKIE };
  const request = { method: "POST", path: "/auth/register", body, refresh: false } as const;
  return (await callFor(RegisterResponseSchema, request)).profile ?? null;
}

export async function signIn(fields: Fields<SignInRequest>): Promise<Profile | null> {
  const body = { ...json(SignInRequestSchema, create(SignInRequestSchema, fields)), ...BY_COOKIE };
  const request = { method: "POST", path: "/auth/sign-in", body, refresh: false } as const;
  return (await callFor(SignInResponseSchema, request)).profile ?? null;
}

export async function signOut(): Promise<void> {
  await call({ method: "POST", path: "/auth/sign-out", body: BY_COOKIE, refresh: false });
}

/** Replaces what a person can change of the profile, so it takes the whole profile. */
export async function updateProfile(profile: Profile): Promise<Profile> {
  const body = json(UpdateProfileRequestSchema, create(UpdateProfileRequestSchema, { profile }));
  const request = { method: "PATCH", path: "/me", body, idempotencyKey: newId() } as const;
  return (await callFor(UpdateProfileResponseSchema, request)).profile ?? profile;
}

/** Erases the account and all that is in it, for good. */
export async function eraseAccount(password: string): Promise<void> {
  // A wrong password is a 401 too: renew the sign-in beforehand, and a 401 then can only mean that.
  await fetchProfile();
  const body = json(EraseAccountRequestSchema, create(EraseAccountRequestSchema, { password }));
  const request = { method: "DELETE", path: "/me", body, idempotencyKey: newId(), refresh: false } as const;
  try {
    await callFor(EraseAccountResponseSchema, request);
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.status !== 401) throw error;
    throw new ApiProblem(401, error.message, [{ field: "password", message: "This is not your password." }]);
  }
}
