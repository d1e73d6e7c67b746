//! The public keys of a JWKS (RFC 7517), and the check of a JWT (RFC 7519) by them.

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::de::DeserializeOwned;

use crate::admission::callers_error::TokenKeysError;
use crate::admission::token_error::TokenError;

/// The longest token that the host verifies, in bytes.
const TOKEN_BYTES_MAX: usize = 8 << 10;

/// The most keys that a token without `kid` is tried with.
const KEYS_TRIED_MAX: usize = 16;

/// The keys of a JWKS that check signatures.
pub(crate) struct VerificationKeys(JwkSet);

/// Whose token it must be, and for whom.
pub(crate) struct ExpectedToken<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) audience: &'a str,
    /// By how many seconds the clocks may differ.
    pub(crate) leeway_s: u64,
}

impl VerificationKeys {
    /// Reads a JWKS.
    ///
    /// # Errors
    /// [`TokenKeysError`] if it is none, or holds no key that checks signatures.
    pub(crate) fn parse(json: &[u8]) -> Result<Self, TokenKeysError> {
        let mut set: JwkSet = serde_json::from_slice(json).map_err(TokenKeysError::NoJwks)?;
        set.keys.retain(|key| algorithm_of(key).is_some());
        if set.keys.is_empty() { Err(TokenKeysError::NoUsableKey) } else { Ok(Self(set)) }
    }

    /// The claims of a token that can be trusted.
    ///
    /// # Errors
    /// Why it can't.
    pub(crate) fn decode<Claims: DeserializeOwned>(
        &self,
        token: &str,
        expected: &ExpectedToken<'_>,
    ) -> Result<Claims, TokenError> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(TokenError::TooLong);
        }
        let header = decode_header(token).map_err(|_| TokenError::Malformed)?;
        // What must be understood and isn't makes a token that can't be trusted (RFC 7515, 4.1.11).
        if header.crit.is_some() {
            return Err(TokenError::CriticalHeader);
        }
        let Some(kid) = &header.kid else {
            // The algorithm is the key's: a token can't choose a weaker one.
            let of_algorithm = self.0.keys.iter().filter(|key| algorithm_of(key) == Some(header.alg));
            return decode_by_any(token, of_algorithm, expected);
        };
        let key = self.0.find(kid).ok_or(TokenError::UnknownKey)?;
        if algorithm_of(key) != Some(header.alg) {
            return Err(TokenError::WrongAlgorithm);
        }
        decode_by(token, key, header.alg, expected)
    }
}

/// The claims of a token that doesn't name its key: the signature shows which of these it is.
fn decode_by_any<'k, Claims: DeserializeOwned>(
    token: &str,
    keys: impl Iterator<Item = &'k Jwk>,
    expected: &ExpectedToken<'_>,
) -> Result<Claims, TokenError> {
    let mut refused = TokenError::WrongAlgorithm;
    for key in keys.take(KEYS_TRIED_MAX) {
        let Some(algorithm) = algorithm_of(key) else { continue };
        match decode_by(token, key, algorithm, expected) {
            Err(error @ TokenError::WrongSignature) => refused = error,
            result => return result,
        }
    }
    Err(refused)
}

fn decode_by<Claims: DeserializeOwned>(
    token: &str,
    key: &Jwk,
    algorithm: Algorithm,
    expected: &ExpectedToken<'_>,
) -> Result<Claims, TokenError> {
    let mut validation = Validation::new(algorithm);
    validation.set_issuer(&[expected.issuer]);
    validation.set_audience(&[expected.audience]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.validate_nbf = true;
    validation.leeway = expected.leeway_s;
    let key = DecodingKey::from_jwk(key)?;
    Ok(decode::<Claims>(token, &key, &validation)?.claims)
}

/// Whether a key may check signatures, by its `use` and its `key_ops` (RFC 7517, 4.2 and 4.3). A key without either is
/// for any use.
fn is_for_signatures(key: &Jwk) -> bool {
    let by_use = key.common.public_key_use.as_ref().is_none_or(|named| *named == PublicKeyUse::Signature);
    let by_operations = key.common.key_operations.as_ref();
    by_use && by_operations.is_none_or(|operations| operations.contains(&KeyOperations::Verify))
}

/// The one algorithm that a key signs with; none if it is no key for signatures that are taken here.
fn algorithm_of(key: &Jwk) -> Option<Algorithm> {
    if !is_for_signatures(key) {
        return None;
    }
    let of_type = match &key.algorithm {
        AlgorithmParameters::RSA(_) => Some(Algorithm::RS256),
        AlgorithmParameters::EllipticCurve(curve) => match curve.curve {
            EllipticCurve::P256 => Some(Algorithm::ES256),
            EllipticCurve::P384 => Some(Algorithm::ES384),
            _ => None,
        },
        AlgorithmParameters::OctetKeyPair(_) => Some(Algorithm::EdDSA),
        // With a shared secret, a program that checks tokens could also make them.
        _ => None,
    }?;
    match key.common.key_algorithm {
        None => Some(of_type),
        Some(named) => {
            let named: Algorithm = named.to_string().parse().ok()?;
            let is_rsa = matches!(of_type, Algorithm::RS256)
                && matches!(
                    named,
                    Algorithm::RS256
                        | Algorithm::RS384
                        | Algorithm::RS512
                        | Algorithm::PS256
                        | Algorithm::PS384
                        | Algorithm::PS512
                );
            (is_rsa || named == of_type).then_some(named)
        }
    }
}
