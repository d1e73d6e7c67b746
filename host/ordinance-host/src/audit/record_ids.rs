//! The ids of records and objections: UUIDs of version 7 (RFC 9562), which sort by time. Where several hosts stand
//! behind one address, the last two digits of an id are the number of the host whose log has it.

use uuid::Uuid;

/// Makes the ids of a host.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RecordIds {
    /// `None` leaves the last digits to chance.
    host_number: Option<u8>,
}

impl RecordIds {
    pub(crate) fn new(host_number: Option<u8>) -> Self {
        Self { host_number }
    }

    /// A new id.
    pub(crate) fn next(self) -> Uuid {
        let mut bytes = Uuid::now_v7().into_bytes();
        if let (Some(number), [.., last]) = (self.host_number, &mut bytes) {
            *last = number;
        }
        Uuid::from_bytes(bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn an_id_ends_with_the_number_of_its_host_and_sorts_by_time() {
        let ids = RecordIds::new(Some(3));
        let made: Vec<Uuid> = std::iter::repeat_with(|| ids.next()).take(1000).collect();
        assert!(made.iter().all(|id| id.get_version_num() == 7), "{made:?}");
        assert!(made.iter().all(|id| id.to_string().ends_with("03")), "{made:?}");
        assert!(made.is_sorted(), "{made:?}");
        assert_eq!(made.iter().collect::<BTreeSet<_>>().len(), made.len());
    }
}
