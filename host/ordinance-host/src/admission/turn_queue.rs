//! A queue of turns that is fair by client. Whoever may run holds a turn; the others wait, each client in a line of its
//! own. A turn that is given back goes to the client that runs least, and among equals to the one whose last turn began
//! longest ago. So one client with many requests delays another by one turn at most, and while others
//! wait it never holds all turns. Long work passes its turn on after a [`SLICE`].

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::admission::address_block::AddressBlock;
use crate::mutex::lock;

/// How long a turn lasts at least before long work passes it on: some evaluations of a rule. A shorter one would spend
/// the time on switching between threads; a longer one would make short requests wait for longer than they take.
const SLICE: Duration = Duration::from_micros(200);

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum TurnClient {
    /// A caller, by its number.
    Caller(u64),
    /// Whoever sends from these addresses.
    Address(AddressBlock),
}

/// The turns and who waits for them.
#[derive(Debug)]
pub(crate) struct TurnQueue {
    state: Mutex<TurnState>,
}

#[derive(Debug)]
struct TurnState {
    /// The turns that nobody holds. While there are any, nobody waits.
    free: usize,
    /// Every client that holds a turn or waits for one.
    clients: HashMap<TurnClient, ClientTurns>,
    /// The clients that wait, in the order in which they came.
    order: VecDeque<TurnClient>,
    /// Counts the places in the queue and the turns.
    next_ticket: u64,
    /// When the last turn of anybody began.
    last_grant: u64,
}

#[derive(Debug, Default)]
struct ClientTurns {
    running: usize,
    /// When its last turn began. A client that comes anew counts as if it had run just before the last turn of anybody:
    /// it goes before that client, and behind all who have waited since before, so that clients who come again and
    /// again starve nobody (start-time fair queueing).
    last_turn: u64,
    waiting: VecDeque<Waiter>,
}

#[derive(Debug)]
struct Waiter {
    ticket: u64,
    grant: oneshot::Sender<Turn>,
}

/// The permission to run; dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Turn {
    queue: Arc<TurnQueue>,
    client: TurnClient,
    begun: Instant,
    /// Whether it is one: after it was passed on it is an empty shell.
    is_held: bool,
}

/// A place in the queue; dropping it leaves the queue.
#[derive(Debug)]
pub(crate) struct QueuedTurn {
    queue: Arc<TurnQueue>,
    client: TurnClient,
    ticket: u64,
    granted: oneshot::Receiver<Turn>,
}

/// Where a client's request queues among the client's own.
#[derive(Debug, Clone, Copy)]
enum Position {
    /// Before the others: the work has begun, and a thread waits with it.
    First,
    Last,
}

impl TurnQueue {
    /// A queue of so many turns, at least one.
    pub(crate) fn new(turns: usize) -> Arc<Self> {
        let state = TurnState {
            free: turns.max(1),
            clients: HashMap::new(),
            order: VecDeque::new(),
            next_ticket: 0,
            last_grant: 0,
        };
        Arc::new(Self { state: Mutex::new(state) })
    }

    /// How many turns nobody holds.
    pub(crate) fn free(&self) -> usize {
        self.lock().free
    }

    /// How many clients wait.
    pub(crate) fn clients_waiting(&self) -> usize {
        self.lock().order.len()
    }

    /// How many requests of all clients and of this one wait.
    pub(crate) fn waiting(&self, client: TurnClient) -> (usize, usize) {
        let state = self.lock();
        let of = |client| state.clients.get(client).map_or(0, |turns| turns.waiting.len());
        (state.order.iter().map(of).sum(), of(&client))
    }

    /// Queues a request of a client. A free turn is its own at once.
    pub(crate) fn enqueue(self: &Arc<Self>, client: TurnClient) -> QueuedTurn {
        let mut state = self.lock();
        let queued = self.add(&mut state, client, Position::Last);
        let granted = state.grant();
        drop(state);
        self.hand_over(granted);
        queued
    }

    /// A turn that nobody waits for, at once and without a place in the queue.
    pub(crate) fn try_take(self: &Arc<Self>, client: TurnClient, now: Instant) -> Option<Turn> {
        let mut state = self.lock();
        if state.free == 0 || !state.order.is_empty() {
            return None;
        }
        state.free -= 1;
        state.next_ticket += 1;
        let ticket = state.next_ticket;
        state.last_grant = ticket;
        let turns = state.clients.entry(client).or_default();
        turns.running += 1;
        turns.last_turn = ticket;
        drop(state);
        Some(Turn { queue: Arc::clone(self), client, begun: now, is_held: true })
    }

    fn add(self: &Arc<Self>, state: &mut TurnState, client: TurnClient, position: Position) -> QueuedTurn {
        let (grant, granted) = oneshot::channel();
        let ticket = state.next_ticket;
        state.next_ticket += 1;
        let last_turn = state.last_grant.saturating_sub(1);
        let anew = || ClientTurns { last_turn, ..ClientTurns::default() };
        let waiting = &mut state.clients.entry(client).or_insert_with(anew).waiting;
        if waiting.is_empty() {
            state.order.push_back(client);
        }
        match position {
            Position::First => waiting.push_front(Waiter { ticket, grant }),
            Position::Last => waiting.push_back(Waiter { ticket, grant }),
        }
        QueuedTurn { queue: Arc::clone(self), client, ticket, granted }
    }

    /// Hands a turn to the one that it was granted to. If that one has just left, the turn comes back by its drop.
    fn hand_over(self: &Arc<Self>, granted: Option<(TurnClient, Waiter)>) {
        if let Some((client, waiter)) = granted {
            let turn = Turn { queue: Arc::clone(self), client, begun: Instant::now(), is_held: true };
            drop(waiter.grant.send(turn));
        }
    }

    fn give_back(self: &Arc<Self>, client: TurnClient) {
        let mut state = self.lock();
        state.release(client);
        let granted = state.grant();
        drop(state);
        self.hand_over(granted);
    }

    fn lock(&self) -> MutexGuard<'_, TurnState> {
        lock(&self.state)
    }
}

impl TurnState {
    fn release(&mut self, client: TurnClient) {
        self.free += 1;
        if let Some(turns) = self.clients.get_mut(&client) {
            turns.running = turns.running.saturating_sub(1);
        }
        self.forget_if_idle(client);
    }

    /// Takes the next request out of the queue, if there are a free turn and a request.
    fn grant(&mut self) -> Option<(TurnClient, Waiter)> {
        if self.free == 0 {
            return None;
        }
        let rank = |client: &TurnClient| self.clients.get(client).map(|turns| (turns.running, turns.last_turn));
        let (at, client) = self.order.iter().copied().enumerate().min_by_key(|(_, client)| rank(client))?;
        self.order.remove(at);
        self.next_ticket += 1;
        let turns = self.clients.get_mut(&client)?;
        let waiter = turns.waiting.pop_front()?;
        turns.running += 1;
        turns.last_turn = self.next_ticket;
        self.last_grant = self.next_ticket;
        self.free -= 1;
        if !turns.waiting.is_empty() {
            self.order.push_back(client);
        }
        Some((client, waiter))
    }

    fn leave(&mut self, client: TurnClient, ticket: u64) {
        let Some(turns) = self.clients.get_mut(&client) else { return };
        let before = turns.waiting.len();
        turns.waiting.retain(|waiter| waiter.ticket != ticket);
        if turns.waiting.is_empty() && before > 0 {
            self.order.retain(|other| *other != client);
        }
        self.forget_if_idle(client);
    }

    fn forget_if_idle(&mut self, client: TurnClient) {
        if self.clients.get(&client).is_some_and(|turns| turns.running == 0 && turns.waiting.is_empty()) {
            self.clients.remove(&client);
        }
    }
}

impl QueuedTurn {
    /// Waits for the turn. `None` only if the queue is gone.
    pub(crate) async fn wait(mut self) -> Option<Turn> {
        (&mut self.granted).await.ok()
    }

    /// The same on a thread that may block.
    fn wait_on_thread(mut self) -> Option<Turn> {
        // The receiver is put out of the way, since dropping `self` after it must still leave the queue.
        let (_, none) = oneshot::channel();
        std::mem::replace(&mut self.granted, none).blocking_recv().ok()
    }
}

impl Drop for QueuedTurn {
    fn drop(&mut self) {
        // A turn that was granted meanwhile is in the channel, and comes back when that is dropped.
        self.queue.lock().leave(self.client, self.ticket);
    }
}

impl Turn {
    /// Between two units of long work: passes the turn on if its slice is over and anybody waits, and queues again
    /// behind the client's other requests.
    pub(crate) async fn pass_on(&mut self) {
        if self.begun.elapsed() < SLICE {
            return;
        }
        match self.exchange(Position::Last, |state, _| !state.order.is_empty()) {
            Some(queued) => self.renew(queued.wait().await),
            None => tokio::task::yield_now().await,
        }
    }

    /// Within a unit of long work, on a thread that may block: passes the turn on if its slice is over and another
    /// client waits. The client's own requests stay behind, so that it has no more begun than it has turns.
    pub(crate) fn pass_on_blocking(&mut self) {
        if self.begun.elapsed() < SLICE {
            return;
        }
        let others_wait = |state: &TurnState, own| state.order.iter().any(|client| *client != own);
        if let Some(queued) = self.exchange(Position::First, others_wait) {
            self.renew(queued.wait_on_thread());
        }
    }

    /// Gives the turn back and queues for another in one step, if this holds; else a new slice begins.
    fn exchange(
        &mut self,
        position: Position,
        must_pass: impl FnOnce(&TurnState, TurnClient) -> bool,
    ) -> Option<QueuedTurn> {
        let mut state = self.queue.lock();
        if !self.is_held || !must_pass(&state, self.client) {
            drop(state);
            self.begun = Instant::now();
            return None;
        }
        self.is_held = false;
        let queued = self.queue.add(&mut state, self.client, position);
        state.release(self.client);
        let granted = state.grant();
        drop(state);
        self.queue.hand_over(granted);
        Some(queued)
    }

    fn renew(&mut self, turn: Option<Self>) {
        if let Some(turn) = turn {
            *self = turn;
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if self.is_held {
            self.queue.give_back(self.client);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: TurnClient = TurnClient::Caller(1);
    const B: TurnClient = TurnClient::Caller(2);
    const C: TurnClient = TurnClient::Caller(3);

    /// Takes the turn of a place in the queue that has it already.
    fn granted(mut queued: QueuedTurn) -> Turn {
        queued.granted.try_recv().unwrap()
    }

    impl Turn {
        fn end_slice(&mut self) {
            self.begun -= SLICE;
        }
    }

    fn waits(queued: &mut QueuedTurn) -> bool {
        queued.granted.try_recv().is_err()
    }

    #[test]
    fn one_of_few_goes_before_the_others_of_a_client_with_many() {
        let queue = TurnQueue::new(2);
        let held = [granted(queue.enqueue(A)), granted(queue.enqueue(A))];
        let mut of_a: Vec<QueuedTurn> = (0..50).map(|_| queue.enqueue(A)).collect();
        let mut of_b = queue.enqueue(B);
        assert!(waits(&mut of_b));
        assert_eq!(queue.waiting(B), (51, 1));
        let [first, second] = held;
        drop(first);
        let of_b = granted(of_b);
        assert!(of_a.iter_mut().all(waits), "the turn is B's");
        // B holds one turn and waits for none: the next is A's.
        drop(second);
        let next: Vec<Turn> = of_a.iter_mut().filter_map(|queued| queued.granted.try_recv().ok()).collect();
        assert_eq!(next.len(), 1);
        drop(of_b);
    }

    #[test]
    fn a_turn_is_taken_at_once_only_while_nobody_waits() {
        let queue = TurnQueue::new(1);
        let turn = queue.try_take(A, Instant::now()).unwrap();
        assert!(queue.try_take(B, Instant::now()).is_none(), "A holds the only turn");
        let of_b = queue.enqueue(B);
        drop(turn);
        assert!(queue.try_take(A, Instant::now()).is_none(), "it is B's");
        drop(granted(of_b));
        drop(queue.try_take(A, Instant::now()).unwrap());
        assert_eq!(queue.free(), 1);
        assert!(queue.lock().clients.is_empty());
    }

    #[test]
    fn clients_take_turns_where_there_is_only_one() {
        let queue = TurnQueue::new(1);
        let mut turn = granted(queue.enqueue(A));
        let mut waiting: Vec<(char, QueuedTurn)> = Vec::new();
        for (name, client) in [('a', A), ('a', A), ('a', A), ('b', B), ('b', B), ('c', C)] {
            waiting.push((name, queue.enqueue(client)));
        }
        let mut order = String::new();
        while !waiting.is_empty() {
            drop(turn);
            let (at, next) = waiting
                .iter_mut()
                .enumerate()
                .find_map(|(at, (_, queued))| Some((at, queued.granted.try_recv().ok()?)))
                .unwrap();
            turn = next;
            order.push(waiting.remove(at).0);
        }
        assert_eq!(order, "bcabaa");
    }

    #[test]
    fn clients_that_come_again_and_again_starve_none_that_waits() {
        let queue = TurnQueue::new(1);
        let mut turn = granted(queue.enqueue(B));
        let mut of_a = [queue.enqueue(A), queue.enqueue(A)];
        // B and C come again, each while the other runs.
        for (round, client) in [C, B, C, B, C, B].into_iter().enumerate() {
            let next = queue.enqueue(client);
            drop(turn);
            if let Some(first) = of_a.iter_mut().find_map(|queued| queued.granted.try_recv().ok()) {
                drop(first);
            }
            turn = granted(next);
            if round == 3 {
                assert!(!queue.lock().clients.contains_key(&A), "A has had both of its turns");
            }
        }
    }

    #[test]
    fn who_leaves_the_queue_holds_up_nobody_and_takes_no_turn_along() {
        let queue = TurnQueue::new(1);
        let turn = granted(queue.enqueue(A));
        drop(queue.enqueue(B));
        assert_eq!(queue.clients_waiting(), 0);
        let (left, stays) = (queue.enqueue(B), queue.enqueue(C));
        drop(turn);
        // B has its turn and goes without having taken it.
        drop(left);
        drop(granted(stays));
        assert_eq!(queue.free(), 1);
        assert!(queue.lock().clients.is_empty());
    }

    #[test]
    fn long_work_on_a_thread_lets_another_client_go_first_and_then_goes_on() {
        let queue = TurnQueue::new(1);
        let mut turn = granted(queue.enqueue(A));
        let own = queue.enqueue(A);
        turn.end_slice();
        turn.pass_on_blocking();
        assert_eq!(queue.waiting(A), (1, 1), "its own requests wait on");
        let of_b = queue.enqueue(B);
        turn.end_slice();
        let short = std::thread::spawn(move || drop(of_b.wait_on_thread()));
        turn.pass_on_blocking();
        short.join().unwrap();
        assert!(turn.is_held);
        drop(turn);
        drop(granted(own));
    }

    #[tokio::test]
    async fn a_pass_that_is_given_up_gives_the_turn_back() {
        let queue = TurnQueue::new(1);
        let mut turn = granted(queue.enqueue(A));
        let of_b = queue.enqueue(B);
        turn.end_slice();
        let passed = tokio::time::timeout(Duration::from_millis(1), turn.pass_on()).await;
        assert!(passed.is_err(), "B holds the turn");
        drop(turn);
        drop(granted(of_b));
        assert_eq!(queue.free(), 1);
    }
}
