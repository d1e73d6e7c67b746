//! A macro for closed vocabularies: enums whose cases each have one stable word for machines and authors.

macro_rules! word_enum {
    ($(#[$doc:meta])* $type:ident { $($(#[$case_doc:meta])* $case:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $type { $($(#[$case_doc])* $case,)* }

        impl $type {
            /// All of them, in the order of the interface.
            pub const ALL: &[Self] = &[$(Self::$case,)*];

            /// The stable word for machines and authors.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$case => $word,)* }
            }

            /// The case with this word, if there is one.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.as_str() == word)
            }

            /// The words of all cases with commas between, for a message.
            #[must_use]
            pub fn words() -> String {
                Self::ALL.iter().map(|known| known.as_str()).collect::<Vec<_>>().join(", ")
            }
        }
    };
}

pub(crate) use word_enum;
