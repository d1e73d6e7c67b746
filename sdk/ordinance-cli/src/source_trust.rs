//! Whether a command trusts the author of the sources that it builds. A build of sources runs code that they choose:
//! build scripts, procedural macros, programs that cargo's settings name. Without trust it runs none of it.

use clap::Args;

/// The flag of every command that builds sources.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct SourceTrustArguments {
    /// Build sources with everything that they run: their build scripts, macros and settings of cargo get the rights of
    /// whoever runs this command. Without this flag such sources are refused, and the compiler is confined
    #[arg(long)]
    pub(crate) trust_sources: bool,
}

impl SourceTrustArguments {
    pub(crate) fn trust(self) -> SourceTrust {
        if self.trust_sources { SourceTrust::Trusted } else { SourceTrust::Untrusted }
    }
}

/// The trust in the author of sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SourceTrust {
    /// Their code runs with the rights of whoever builds them.
    Trusted,
    /// None of their code runs outside a rule's sandbox.
    Untrusted,
}
