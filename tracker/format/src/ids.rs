//! Identifiers of a recording, each a type of its own so that none is taken for another.

/// A thread of the recorded process, numbered by the tracker in order of registration. Never reused in one recording.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct ThreadId(pub u32);

/// A node of the stack tree; [`StackId::EMPTY`] is its root. The stack it names is the path from the node to the root.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct StackId(pub u32);

impl StackId {
    /// The stack without frames.
    pub const EMPTY: StackId = StackId(0);
}

/// A text stored once: the name of a scope, an operation or a mark.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct StringId(pub u32);

/// One life of a chunk of the ring. Sequence numbers only grow, so a pair (sequence, word offset) names a record for good.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct ChunkSequence(pub u64);
