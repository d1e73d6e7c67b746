//! Settings whose name has changed. The host doesn't take the old name, and its error gives the new one.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A name that is no longer taken, and where in the text it stands.
pub(super) struct RenamedSetting {
    /// The offset of the old name in bytes.
    pub(super) offset: usize,
    pub(super) message: String,
}

const OLD_TABLE: &str = "lane";
const NEW_TABLE: &str = "concurrency";

/// Old and new keys of `[concurrency]`, or of `[lane]` as it was called.
const IN_CONCURRENCY: [(&str, &str); 4] = [
    ("concurrency", "limit"),
    ("crowd-max", "overload-queue-max"),
    ("caller-per-second", "caller-rate-limit-per-second"),
    ("caller-in-work-max", "caller-in-flight-max"),
];

/// Old and new keys of a `[[callers]]` table.
const IN_CALLERS: [(&str, &str); 2] = [("per-second", "rate-limit-per-second"), ("in-work-max", "in-flight-max")];

/// The first setting with an old name; `None` also for text that is no TOML.
pub(super) fn find_renamed(text: &str) -> Option<RenamedSetting> {
    let settings = DeTable::parse(text).ok()?.into_inner();
    if let Some((name, value)) = settings.iter().find(|(name, _)| name.get_ref() == OLD_TABLE) {
        let keys = match value.get_ref() {
            DeValue::Table(table) => renamed_keys(table, &IN_CONCURRENCY),
            _ => Vec::new(),
        };
        let keys = keys.iter().map(|(_, old, new)| format!(", its key `{old}` is now `{new}`"));
        let message = format!("the table `[{OLD_TABLE}]` is now `[{NEW_TABLE}]`{}", keys.collect::<String>());
        return Some(RenamedSetting { offset: name.span().start, message });
    }
    let concurrency = table_of(&settings, NEW_TABLE).map(|table| renamed_keys(table, &IN_CONCURRENCY));
    let callers = settings.iter().filter(|(name, _)| name.get_ref() == "callers");
    let callers = callers.filter_map(|(_, value)| value.get_ref().as_array()).flat_map(|callers| callers.iter());
    let in_callers = callers.filter_map(|caller| Some(renamed_keys(caller.get_ref().as_table()?, &IN_CALLERS)));
    let (offset, old, new) = concurrency.into_iter().chain(in_callers).flatten().next()?;
    Some(RenamedSetting { offset, message: format!("the setting `{old}` is now `{new}`") })
}

fn table_of<'a, 'i>(settings: &'a DeTable<'i>, name: &str) -> Option<&'a DeTable<'i>> {
    settings.iter().find(|(key, _)| key.get_ref() == name)?.1.get_ref().as_table()
}

/// The old keys in a table, each with its offset and its new name.
fn renamed_keys(
    table: &DeTable<'_>,
    names: &[(&'static str, &'static str)],
) -> Vec<(usize, &'static str, &'static str)> {
    let renamed = |key: &Spanned<toml::de::DeString<'_>>| {
        let (old, new) = names.iter().find(|(old, _)| key.get_ref() == old)?;
        Some((key.span().start, *old, *new))
    };
    table.keys().filter_map(renamed).collect()
}

#[cfg(test)]
mod tests {
    use crate::config::HostConfig;

    fn check(settings: &str, expect: &str) {
        let error = HostConfig::parse("host.toml", settings).unwrap_err().to_string();
        assert_eq!(error, expect);
    }

    #[test]
    fn an_old_table_fails_with_its_new_name_and_those_of_its_keys() {
        check("[lane]\nqueue-max = 1\n", "host.toml:1:2: the table `[lane]` is now `[concurrency]`");
        check(
            "\n[lane]\nconcurrency = 1\ncrowd-max = 2\n",
            "host.toml:2:2: the table `[lane]` is now `[concurrency]`, its key `concurrency` is now `limit`, \
            its key `crowd-max` is now `overload-queue-max`",
        );
        check("lane.queue-max = 1\n", "host.toml:1:1: the table `[lane]` is now `[concurrency]`");
    }

    #[test]
    fn an_old_key_fails_with_its_new_name() {
        for (old, new) in super::IN_CONCURRENCY {
            let expect = format!("host.toml:2:1: the setting `{old}` is now `{new}`");
            check(&format!("[concurrency]\n{old} = 1\n"), &expect);
        }
        for (old, new) in super::IN_CALLERS {
            let expect = format!("host.toml:3:1: the setting `{old}` is now `{new}`");
            check(&format!("[[callers]]\nid = \"x\"\n{old} = 1\n"), &expect);
        }
    }
}
