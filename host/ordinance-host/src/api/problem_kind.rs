//! The kinds of problems (RFC 9457): one table with the stable name, the title, the status and the remedy of each. The
//! page `/problems/{name}` shows it.

use axum::http::StatusCode;

/// What is the same for every problem of a kind.
pub(crate) struct ProblemSpec {
    /// Stable for machines: `/problems/{name}` is the `type` of the problem.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) status: StatusCode,
    /// What the caller can do about it.
    pub(crate) mend: &'static str,
}

/// Declares the kinds from their table, so that none is without its row.
macro_rules! problem_kinds {
    ($($kind:ident: $name:literal, $status:ident, $title:literal, $mend:literal;)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum ProblemKind { $($kind,)* }

        impl ProblemKind {
            /// Every kind.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$kind,)*];

            pub(crate) const fn spec(self) -> &'static ProblemSpec {
                match self {
                    $(Self::$kind => {
                        &ProblemSpec { name: $name, title: $title, status: StatusCode::$status, mend: $mend }
                    })*
                }
            }
        }
    };
}

problem_kinds! {
    MalformedJson: "malformed-json", BAD_REQUEST, "The body is no JSON",
        "Send one JSON object. The detail names the line and the column where reading stopped.";
    InvalidRequest: "invalid-request", BAD_REQUEST, "The request is not well formed",
        "Each entry of `errors` points at a member of the request and says what was expected. The members are in \
        /openapi.json.";
    InvalidFacts: "invalid-facts", UNPROCESSABLE_ENTITY, "The facts don't fit",
        "Each entry of `errors` points at a fact and says what was expected. GET /v1/services/{id} lists the facts of a \
        service with their types, GET /v1/privacy/records all that rules read. Leave out what is not known.";
    UnprocessableRequest: "unprocessable-request", UNPROCESSABLE_ENTITY, "The members of the request don't go together",
        "Each member has the right type. Members must also go together, and an id must be a word, since it is recorded. Each \
        entry of `errors` points at a member and says what was expected.";
    UnknownJurisdiction: "unknown-jurisdiction", NOT_FOUND, "The place is unknown",
        "GET /v1/jurisdictions lists the places of the rulebook.";
    JurisdictionAtAnotherTime: "jurisdiction-at-another-time", NOT_FOUND, "The place isn't there on that day",
        "The place begins later, or has ended and several others share its role. The detail names them; ask for one of \
        them, or for another day.";
    UnknownService: "unknown-service", NOT_FOUND, "The service is unknown",
        "GET /v1/services lists the services of the rulebook.";
    Unauthorized: "unauthorized", UNAUTHORIZED, "It isn't known who calls",
        "Send the header `Authorization: Bearer` with the API key or the token that the operator gave you, or `X-Api-Key` \
        with the key. The host answers a key or token that is unknown, wrong or expired as if there were none.";
    Forbidden: "forbidden", FORBIDDEN, "The caller may not ask for that",
        "The operator lists for each caller the services, purposes, places, recipients and legal bases it may ask for, and \
        what it must say of the person. The detail names what is not among them, and the setting.";
    UnknownRule: "unknown-rule", NOT_FOUND, "The rule is unknown",
        "GET /v1/rules lists the rules of the rulebook with their digests. A rule of an earlier rulebook is not listed.";
    UnknownRulebook: "unknown-rulebook", NOT_FOUND, "The revision of the rulebook is unknown",
        "GET /v1/rules lists under `revisions` the digests that a simulation may ask for. The host keeps earlier ones for \
        the time that the operator sets.";
    OtherRulebookInUse: "other-rulebook-in-use", SERVICE_UNAVAILABLE, "Another revision of the rulebook is in use",
        "The request pins a revision by the header `Ordinance-Rulebook`, and this host has another one in use, which the \
        same header of the answer names. Behind a load balancer another host may have the revision. Where none has it any \
        more, begin again without the header.";
    UnknownRecord: "unknown-record", NOT_FOUND, "The record is unknown",
        "The host looks for an id in the file that its decision log writes now. A record that went away with an earlier file \
        is found by its number and its hash: send `?index=` with the `index` of the receipt and `&leaf=` with the hash of \
        the record. Each host has its own log; a log that is no regular file proves nothing.";
    NotFound: "not-found", NOT_FOUND, "There is nothing at this path",
        "The paths are in /openapi.json and, to try them, at /docs/.";
    MethodNotAllowed: "method-not-allowed", METHOD_NOT_ALLOWED, "This path knows other methods",
        "The header `Allow` of the answer names them.";
    UnsupportedMediaType: "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE, "The body is not said to be of the right type",
        "Send the header `Content-Type: application/json`, or `application/x-ndjson` for a batch, and the body as it is, \
        without `Content-Encoding`.";
    BodyTooLarge: "body-too-large", PAYLOAD_TOO_LARGE, "The body is too large",
        "Send only the facts that the service knows; the detail names the limit.";
    RequestTimeout: "request-timeout", REQUEST_TIMEOUT, "The body took too long or broke off",
        "Send the body at once; the detail names the limit.";
    TooManyRequests: "too-many-requests", TOO_MANY_REQUESTS, "This caller sends too many requests",
        "The detail says which limit of the caller the request exceeds: units per second (a request is one, and so is each \
        further place of a comparison and each further evaluation), requests in flight, or bytes of the decision log in an \
        hour; the operator sets all. Wait as long as `Retry-After` says. Without it the request costs more than the limit \
        ever gives: ask for fewer at once.";
    Overloaded: "overloaded", SERVICE_UNAVAILABLE, "The host is busy",
        "Try again after the seconds that the header `Retry-After` names.";
    LogUnavailable: "log-unavailable", SERVICE_UNAVAILABLE, "The decision can't be recorded",
        "The host gives no official decision that it can't record. Try again later, or ask with \"mode\": \"simulation\" for \
        an answer that binds nobody.";
    ObjectionExists: "objection-exists", CONFLICT, "There is another objection to this decision",
        "A decision is objected to once. The same objection, sent again, is answered as it was first; another one isn't \
        taken. Write to the authority that reviews it.";
    ObjectionsUnavailable: "objections-unavailable", SERVICE_UNAVAILABLE, "The objection can't be kept",
        "The host takes no objection that it can't keep. Try again later, or object at the authority itself.";
    NoObjectionsKey: "no-objections-key", SERVICE_UNAVAILABLE, "The reviewing authority has no key for objections",
        "The host seals an objection to the authority that reviews it, which lists its key by `ordinance trust \
        objections-key`. Until then object at the authority itself.";
    UnknownObjection: "unknown-objection", NOT_FOUND, "There is no such objection",
        "The id and the header `Objection-Token` must be those of one objection, as the reply to it had them. The token is \
        base64url(SHA-256(\"objection\" and the 32 bytes of the receipt's salt)), without padding. What need no longer be kept is \
        removed.";
    RequestInProgress: "request-in-progress", CONFLICT, "The first request with this key still runs",
        "Try again after the seconds that the header `Retry-After` names; the answer is then that of the first request.";
    IdempotencyKeyReused: "idempotency-key-reused", UNPROCESSABLE_ENTITY, "The key belongs to another request",
        "A repeat has the body, the query and the `Accept-Language` of the first request with its `Idempotency-Key`, byte \
        for byte. Send a new key with each new request.";
    Internal: "internal-error", INTERNAL_SERVER_ERROR, "The host failed",
        "This is a defect of the host. Give its operator the request's id, which is the header `x-request-id` of the answer: \
        the log of the host has the cause under it.";
}

#[cfg(test)]
mod tests {
    use ordinance_pages::{CodeKind, ReadingLanguage, code_words};

    use super::*;

    #[test]
    fn every_kind_has_a_name_of_its_own_and_an_error_status() {
        for kind in ProblemKind::ALL {
            let spec = kind.spec();
            let same_name = ProblemKind::ALL.iter().filter(|other| other.spec().name == spec.name).count();
            assert_eq!(same_name, 1, "{}", spec.name);
            assert!(spec.status.is_client_error() || spec.status.is_server_error(), "{}", spec.name);
        }
    }

    #[test]
    fn every_kind_has_words_for_people() {
        for kind in ProblemKind::ALL {
            let name = kind.spec().name;
            for language in ReadingLanguage::ALL {
                assert_ne!(code_words(language, CodeKind::Problem, name), name);
            }
        }
    }
}
