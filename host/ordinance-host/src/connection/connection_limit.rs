//! The limit on connections, of all addresses and of each. A connection is silent while it has no
//! request: its client hasn't sent a whole head yet, or its last answer was sent. Where there are too many, the one
//! that has been silent longest gives way, first of the address with the most of them, so that nobody can keep
//! others out by silence.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::Notify;

use crate::admission::address_block::AddressBlock;
use crate::mutex::lock;

/// The limit on connections of one listener.
#[derive(Debug)]
pub(crate) struct ConnectionLimit {
    max: usize,
    /// `usize::MAX` for no bound.
    per_address_max: usize,
    state: Mutex<Connections>,
    /// A connection has ended or fallen silent.
    changed: Notify,
}

#[derive(Debug, Default)]
struct Connections {
    open: HashMap<u64, OpenConnection>,
    by_address: HashMap<AddressBlock, AddressConnections>,
    /// Those of `open` that have to give way and still hold their files.
    closing: usize,
    /// The number of the next connection, and of the next silence.
    next: u64,
}

#[derive(Debug)]
struct OpenConnection {
    address: AddressBlock,
    requests: usize,
    /// The number of its silence, if it is silent.
    silence: Option<u64>,
    /// Whether it has to give way.
    is_closing: bool,
    close: Arc<Notify>,
}

#[derive(Debug, Default)]
struct AddressConnections {
    open: usize,
    closing: usize,
    /// The silent connections by the number of their silence, the longest first.
    silent: BTreeMap<u64, u64>,
}

/// A connection under the limit; dropping it ends the connection.
#[derive(Debug)]
pub(crate) struct ConnectionSlot {
    handle: ConnectionHandle,
    close: Arc<Notify>,
}

/// What notes the requests of a connection.
#[derive(Debug, Clone)]
pub(crate) struct ConnectionHandle {
    limit: Arc<ConnectionLimit>,
    number: u64,
}

/// A request of a connection; until it is dropped the connection isn't silent.
#[derive(Debug)]
pub(crate) struct ConnectionRequest(ConnectionHandle);

impl ConnectionLimit {
    /// At most `max` connections, and so many of one address; 0 for no bound.
    pub(crate) fn new(max: usize, per_address_max: usize) -> Arc<Self> {
        let per_address_max = if per_address_max == 0 { usize::MAX } else { per_address_max };
        let (state, changed) = (Mutex::new(Connections::default()), Notify::new());
        Arc::new(Self { max, per_address_max, state, changed })
    }

    /// Takes a new connection in, for which a silent one may have to give way. It waits until that has ended, and while
    /// all connections have requests. `None` if all of the same address have.
    pub(crate) async fn admit(self: &Arc<Self>, address: AddressBlock) -> Option<ConnectionSlot> {
        loop {
            let changed = self.changed.notified();
            {
                let mut state = self.lock();
                let (open, closing) = state.of_address(address);
                if open >= self.per_address_max {
                    if closing == 0 && !state.close_silent_of(address) {
                        return None;
                    }
                } else if state.open.len() < self.max {
                    let (number, close) = state.add(address);
                    return Some(ConnectionSlot {
                        handle: ConnectionHandle { limit: Arc::clone(self), number },
                        close,
                    });
                } else if state.closing == 0 {
                    state.close_silent();
                }
            }
            changed.await;
        }
    }

    /// Lets the connection that has been silent longest give way where the system has no file for a new one, and waits
    /// until a connection has ended or fallen silent.
    pub(crate) async fn make_room(&self) {
        let changed = self.changed.notified();
        self.lock().close_silent();
        changed.await;
    }

    fn lock(&self) -> MutexGuard<'_, Connections> {
        lock(&self.state)
    }
}

impl Connections {
    /// The connections of an address, and those of them that have to give way.
    fn of_address(&self, address: AddressBlock) -> (usize, usize) {
        self.by_address.get(&address).map_or((0, 0), |connections| (connections.open, connections.closing))
    }

    fn add(&mut self, address: AddressBlock) -> (u64, Arc<Notify>) {
        let number = self.next;
        self.next += 1;
        let close = Arc::new(Notify::new());
        let connection =
            OpenConnection { address, requests: 0, silence: None, is_closing: false, close: Arc::clone(&close) };
        self.open.insert(number, connection);
        self.by_address.entry(address).or_default().open += 1;
        self.fall_silent(number);
        (number, close)
    }

    fn fall_silent(&mut self, number: u64) {
        let silence = self.next;
        self.next += 1;
        let Some(connection) = self.open.get_mut(&number).filter(|connection| !connection.is_closing) else { return };
        connection.silence = Some(silence);
        self.by_address.entry(connection.address).or_default().silent.insert(silence, number);
    }

    fn begin_request(&mut self, number: u64) {
        let Some(connection) = self.open.get_mut(&number) else { return };
        connection.requests += 1;
        if let (Some(silence), Some(of_address)) =
            (connection.silence.take(), self.by_address.get_mut(&connection.address))
        {
            of_address.silent.remove(&silence);
        }
    }

    /// Whether it was the last request of the connection.
    fn end_request(&mut self, number: u64) -> bool {
        let Some(connection) = self.open.get_mut(&number) else { return false };
        connection.requests = connection.requests.saturating_sub(1);
        let is_last = connection.requests == 0;
        if is_last {
            self.fall_silent(number);
        }
        is_last
    }

    /// Closes the connection of an address that has been silent longest; `false` if none is silent. It counts until it
    /// has ended, since until then it holds a file.
    fn close_silent_of(&mut self, address: AddressBlock) -> bool {
        let Some(of_address) = self.by_address.get_mut(&address) else { return false };
        let Some((_, number)) = of_address.silent.pop_first() else { return false };
        of_address.closing += 1;
        self.closing += 1;
        if let Some(connection) = self.open.get_mut(&number) {
            connection.silence = None;
            connection.is_closing = true;
            connection.close.notify_one();
        }
        true
    }

    /// The same for the address with the most silent connections.
    fn close_silent(&mut self) -> bool {
        let most = self.by_address.iter().max_by_key(|(_, connections)| connections.silent.len());
        most.map(|(address, _)| *address).is_some_and(|address| self.close_silent_of(address))
    }

    fn remove(&mut self, number: u64) {
        let Some(connection) = self.open.remove(&number) else { return };
        self.closing -= usize::from(connection.is_closing);
        if let Some(of_address) = self.by_address.get_mut(&connection.address) {
            of_address.open -= 1;
            of_address.closing -= usize::from(connection.is_closing);
            if let Some(silence) = connection.silence {
                of_address.silent.remove(&silence);
            }
            if of_address.open == 0 {
                self.by_address.remove(&connection.address);
            }
        }
    }
}

impl ConnectionSlot {
    /// Waits until the connection has to give way to another.
    pub(crate) async fn must_close(&self) {
        self.close.notified().await;
    }

    pub(crate) fn handle(&self) -> ConnectionHandle {
        self.handle.clone()
    }
}

impl ConnectionHandle {
    /// The head of a request is there.
    pub(crate) fn begin_request(&self) -> ConnectionRequest {
        self.limit.lock().begin_request(self.number);
        ConnectionRequest(self.clone())
    }
}

impl Drop for ConnectionRequest {
    fn drop(&mut self) {
        let Self(handle) = self;
        if handle.limit.lock().end_request(handle.number) {
            handle.limit.changed.notify_waiters();
        }
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        let ConnectionHandle { limit, number } = &self.handle;
        limit.lock().remove(*number);
        limit.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};
    use std::time::Duration;

    use super::*;

    fn address(last: u8) -> AddressBlock {
        AddressBlock::from(IpAddr::V4(Ipv4Addr::new(192, 0, 2, last)))
    }

    /// The admission of a connection, as another task waits for it.
    fn admitted(
        limit: &Arc<ConnectionLimit>,
        address: AddressBlock,
    ) -> impl Future<Output = Option<ConnectionSlot>> + use<> {
        let limit = Arc::clone(limit);
        async move { limit.admit(address).await }
    }

    async fn is_closed(slot: &ConnectionSlot) -> bool {
        tokio::time::timeout(Duration::ZERO, slot.must_close()).await.is_ok()
    }

    #[tokio::test]
    async fn the_longest_silent_connection_of_the_address_with_most_gives_way() {
        let limit = ConnectionLimit::new(4, 0);
        let modest = limit.admit(address(1)).await.unwrap();
        let first = limit.admit(address(2)).await.unwrap();
        let second = limit.admit(address(2)).await.unwrap();
        let third = limit.admit(address(2)).await.unwrap();
        // The first asks and is answered: the second has been silent longest.
        drop(first.handle().begin_request());
        let new = tokio::spawn(admitted(&limit, address(3)));
        second.must_close().await;
        for slot in [&modest, &first, &third] {
            assert!(!is_closed(slot).await);
        }
        // It holds a file until it has ended, so the new one waits.
        assert!(!new.is_finished());
        drop(second);
        let _new = new.await.unwrap().unwrap();
        assert_eq!(limit.lock().open.len(), 4);
    }

    #[tokio::test]
    async fn an_address_beyond_its_bound_takes_the_place_of_its_own_silent_connection() {
        let limit = ConnectionLimit::new(9, 2);
        let other = limit.admit(address(1)).await.unwrap();
        let first = limit.admit(address(2)).await.unwrap();
        let second = limit.admit(address(2)).await.unwrap();
        let busy = second.handle().begin_request();
        let third = tokio::spawn(admitted(&limit, address(2)));
        first.must_close().await;
        assert!(!is_closed(&other).await);
        drop(first);
        let third = third.await.unwrap().unwrap();
        let also_busy = third.handle().begin_request();
        assert!(limit.admit(address(2)).await.is_none(), "both have requests");
        drop((busy, also_busy));
        let fourth = tokio::spawn(admitted(&limit, address(2)));
        second.must_close().await;
        drop(second);
        assert!(fourth.await.unwrap().is_some());
    }

    #[tokio::test]
    async fn a_silent_connection_gives_way_where_the_system_has_no_file() {
        let limit = ConnectionLimit::new(9, 0);
        let busy = limit.admit(address(1)).await.unwrap();
        let _request = busy.handle().begin_request();
        let silent = limit.admit(address(2)).await.unwrap();
        let room = Arc::clone(&limit);
        let room = tokio::spawn(async move { room.make_room().await });
        silent.must_close().await;
        drop(silent);
        room.await.unwrap();
        assert!(!is_closed(&busy).await);
    }

    #[tokio::test]
    async fn who_finds_all_connections_busy_waits_for_one_that_falls_silent() {
        let limit = ConnectionLimit::new(1, 0);
        let busy = limit.admit(address(1)).await.unwrap();
        let request = busy.handle().begin_request();
        let waiting = tokio::spawn(admitted(&limit, address(2)));
        tokio::task::yield_now().await;
        drop(request);
        busy.must_close().await;
        drop(busy);
        assert!(waiting.await.unwrap().is_some());
    }
}
