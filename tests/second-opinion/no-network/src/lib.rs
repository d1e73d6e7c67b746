//! What dsntk uses of `reqwest`, without a network: each request fails.

/// Clients that wait for the reply.
pub mod blocking {
    use std::fmt;

    /// Makes requests, each of which fails.
    #[derive(Debug, Default)]
    pub struct Client;

    /// A request.
    #[derive(Debug)]
    pub struct RequestBuilder;

    /// A reply, which there never is.
    #[derive(Debug)]
    pub enum Response {}

    /// Why a request failed.
    #[derive(Debug)]
    pub struct NoNetworkError;

    impl fmt::Display for NoNetworkError {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("there is no network")
        }
    }

    impl std::error::Error for NoNetworkError {}

    impl Client {
        /// A client.
        #[must_use]
        pub fn new() -> Self {
            Self
        }

        /// A request to an address.
        #[must_use]
        pub fn post(&self, _address: &str) -> RequestBuilder {
            RequestBuilder
        }
    }

    impl RequestBuilder {
        /// The request with a body.
        #[must_use]
        pub fn json<T: ?Sized>(self, _body: &T) -> Self {
            self
        }

        /// Sends it.
        ///
        /// # Errors
        /// Always: there is no network.
        pub fn send(self) -> Result<Response, NoNetworkError> {
            Err(NoNetworkError)
        }
    }

    impl Response {
        /// The body.
        ///
        /// # Errors
        /// Never: there is no reply.
        pub fn json<T>(self) -> Result<T, NoNetworkError> {
            match self {}
        }
    }
}
