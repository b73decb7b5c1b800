//! The stacks of a recording and the files its code came from: what a name is made of. Shared between the reading,
//! which appends, and the naming, which looks up.

use crate::ids::StackId;
use dropscope_format::{Module, StackNode};
use parking_lot::RwLock;

/// Stacks and modules of one recording, as far as read. Only grows.
pub struct Backtraces {
    nodes: RwLock<Vec<StackNode>>,
    modules: RwLock<Vec<Module>>,
}

impl Default for Backtraces {
    fn default() -> Self {
        Self { nodes: RwLock::new(vec![StackNode::default()]), modules: RwLock::default() }
    }
}

impl Backtraces {
    /// The return addresses of `stack`, innermost first.
    pub fn addresses(&self, stack: StackId) -> Vec<u64> {
        let nodes = self.nodes.read();
        let node = |stack: StackId| if stack == StackId::EMPTY { None } else { nodes.get(stack.0 as usize) };
        // A caller always has a smaller number, so the walk ends.
        std::iter::successors(node(stack), |callee| node(callee.parent)).map(|node| node.address).collect()
    }

    /// The node `stack`: its return address and its caller. None for the empty stack.
    pub fn node(&self, stack: StackId) -> Option<StackNode> {
        if stack == StackId::EMPTY { None } else { self.nodes.read().get(stack.0 as usize).copied() }
    }

    /// How many nodes there are, the root included.
    pub fn node_count(&self) -> usize {
        self.nodes.read().len()
    }

    /// The modules met so far; where ranges overlap, later ones win.
    pub fn modules(&self) -> Vec<Module> {
        self.modules.read().clone()
    }

    /// How many modules have been met; grows with each new one.
    pub fn module_count(&self) -> usize {
        self.modules.read().len()
    }

    pub(crate) fn add_modules(&self, modules: &[Module]) {
        self.modules.write().extend_from_slice(modules);
    }

    pub(crate) fn add_nodes(&self, new: &[StackNode]) {
        if !new.is_empty() {
            self.nodes.write().extend_from_slice(new);
        }
    }

    /// Whether these nodes begin with all that are here.
    pub(crate) fn begins_like(&self, nodes: &[StackNode]) -> bool {
        nodes.starts_with(&self.nodes.read())
    }
}
