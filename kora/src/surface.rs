//! One declaration for each typed method: `surface!` makes it a method of
//! [`Database`](crate::Database), of a [`Transaction`](crate::Transaction), and, awaited, of
//! [`AsyncDatabase`](crate::AsyncDatabase).
//!
//! ```text
//! surface! {
//!     /// What it does, its cost.
//!     read fn hget(key, field: impl ByteArg) -> Option<Bytes> = ops::get;
//!     write fn append(key, tail: impl ByteArg) -> usize = ops::append;
//!     write_together fn rename[source: impl ByteArg, destination: impl ByteArg]() -> () = ops::rename;
//!     read_sweep fn dbsize() -> usize = ops::len;
//! }
//! ```
//!
//! * `read` and `write` work on one key, the first argument: `op(&mut Keyspace, &Key, ..)`. After
//!   `or` may stand the short way to do it: `op(Short, &Key, ..)`, `None` where there is none.
//! * `read_together` and `write_together` work on the keys in brackets as one step:
//!   `op(&mut Transaction, keys .., ..)`.
//! * `read_sweep` and `write_sweep` work on the whole numbered database: `op(Sweep, ..)`. They
//!   are no part of transactions.
//!
//! Those that write evict first when memory is full, are refused when the log cannot take what
//! they write, and return when it is as durable as the handle asks. The operation's result is
//! a [`Result`](crate::Result) of what stands behind the arrow.

macro_rules! surface {
    () => {};
    ($(#[$meta:meta])* read fn $name:ident (key $(, $arg:ident : $ty:ty)* $(,)?) -> $out:ty = $op:path $(, or $short:path)?; $($rest:tt)*) => {
        $crate::surface::on_database!([$(#[$meta])*] read $name [$($arg : $ty),*] $out, $op $(, $short)?);
        $crate::surface::one_key!([$(#[$meta])*] read $name [$($arg : $ty),*] $out, $op);
        $crate::surface::surface! { $($rest)* }
    };
    ($(#[$meta:meta])* write fn $name:ident (key $(, $arg:ident : $ty:ty)* $(,)?) -> $out:ty = $op:path $(, or $short:path)?; $($rest:tt)*) => {
        $crate::surface::on_database!([$(#[$meta])*] write $name [$($arg : $ty),*] $out, $op $(, $short)?);
        $crate::surface::one_key!([$(#[$meta])*] write $name [$($arg : $ty),*] $out, $op);
        $crate::surface::surface! { $($rest)* }
    };
    ($(#[$meta:meta])* $mode:ident fn $name:ident [$($keys:ident : $kty:ty),*] ($($arg:ident : $ty:ty),* $(,)?) -> $out:ty = $op:path; $($rest:tt)*) => {
        $crate::surface::several_keys!([$(#[$meta])*] $mode $name [$($keys : $kty),*] [$($arg : $ty),*] $out, $op);
        $crate::surface::surface! { $($rest)* }
    };
    ($(#[$meta:meta])* $mode:ident fn $name:ident ($($arg:ident : $ty:ty),* $(,)?) -> $out:ty = $op:path; $($rest:tt)*) => {
        $crate::surface::whole_keyspace!([$(#[$meta])*] $mode $name [$($arg : $ty),*] $out, $op);
        $crate::surface::surface! { $($rest)* }
    };
}
pub(crate) use surface;

/// A method of `Database` on one key; the last path is the short way to do it.
macro_rules! on_database {
    ([$($meta:tt)*] $mode:ident $name:ident [$($arg:ident : $ty:ty),*] $out:ty, $op:path) => {
        impl $crate::Database {
            $($meta)*
            #[inline]
            pub fn $name(&self, key: impl $crate::ByteArg $(, $arg: $ty)*) -> $crate::Result<$out> {
                #[allow(unused_imports, reason = "whichever the arguments need")]
                use $crate::arguments::{ByteArg as _, ByteArgs as _, Lend as _, PairArgs as _, ScoredArgs as _, ValueArg as _};
                let key = $crate::keyspace::Key::new(key.as_bytes());
                $(let $arg = $arg.borrowed();)*
                self.$mode(&key, |_| None, |keyspace| $op(keyspace, &key $(, $arg.lend())*))
            }
        }
    };
    ([$($meta:tt)*] $mode:ident $name:ident [$($arg:ident : $ty:ty),*] $out:ty, $op:path, $short:path) => {
        impl $crate::Database {
            $($meta)*
            #[inline]
            pub fn $name(&self, key: impl $crate::ByteArg $(, $arg: $ty)*) -> $crate::Result<$out> {
                #[allow(unused_imports, reason = "whichever the arguments need")]
                use $crate::arguments::{ByteArg as _, ByteArgs as _, Lend as _, PairArgs as _, ScoredArgs as _, ValueArg as _};
                let key = $crate::keyspace::Key::new(key.as_bytes());
                $(let $arg = $arg.borrowed();)*
                self.$mode(
                    &key,
                    |short| $short(short, &key $(, $arg.lend())*),
                    |keyspace| $op(keyspace, &key $(, $arg.lend())*),
                )
            }
        }
    };
}
pub(crate) use on_database;

/// A method on one key, of a transaction and awaited.
macro_rules! one_key {
    ([$($meta:tt)*] $mode:ident $name:ident [$($arg:ident : $ty:ty),*] $out:ty, $op:path) => {
        impl $crate::Transaction<'_> {
            $($meta)*
            pub fn $name(&mut self, key: impl $crate::ByteArg $(, $arg: $ty)*) -> $crate::Result<$out> {
                #[allow(unused_imports, reason = "whichever the arguments need")]
                use $crate::arguments::{ByteArg as _, ByteArgs as _, Lend as _, PairArgs as _, ScoredArgs as _, ValueArg as _};
                let key = $crate::keyspace::Key::new(key.as_bytes());
                $(let $arg = $arg.borrowed();)*
                self.attempt().on(&key, |keyspace| $op(keyspace, &key $(, $arg.lend())*))
            }
        }

        impl $crate::AsyncDatabase {
            $($meta)*
            pub async fn $name(&self, key: impl $crate::ByteArg $(, $arg: $ty)*) -> $crate::Result<$out> {
                #[allow(unused_imports, reason = "whichever the arguments need")]
                use $crate::arguments::{ByteArg as _, ByteArgs as _, Lend as _, PairArgs as _, ScoredArgs as _, ValueArg as _};
                let awaited = {
                    let routed = $crate::keyspace::Key::new(key.as_bytes());
                    let tried = {
                        $(let $arg = $arg.borrowed();)*
                        self.$mode(&routed, |keyspace| $op(keyspace, &routed $(, $arg.lend())*))
                    };
                    if let Some(done) = tried {
                        return self.settle(done).await;
                    }
                    let (key, number) = (routed.to_owned(), self.number());
                    $(let $arg = $arg.owned();)*
                    self.submit(routed.stripe(), move |engine| {
                        let key = key.key();
                        $(let $arg = $arg.borrowed();)*
                        engine.on(number, &key, |keyspace| $op(keyspace, &key $(, $arg.lend())*))
                    })?
                };
                self.settle(awaited.await).await
            }
        }
    };
}
pub(crate) use one_key;

/// A method on several keys, as one step.
macro_rules! several_keys {
    ([$($meta:tt)*] $mode:ident $name:ident [$($keys:ident : $kty:ty),*] [$($arg:ident : $ty:ty),*] $out:ty, $op:path) => {
        impl $crate::Database {
            $($meta)*
            pub fn $name(&self $(, $keys: $kty)* $(, $arg: $ty)*) -> $crate::Result<$out> {
                #[allow(unused_imports, reason = "whichever the arguments need")]
                use $crate::arguments::{ByteArg as _, ByteArgs as _, EachKey as _, Keyed as _, Lend as _, PairArgs as _, ScoredArgs as _, ValueArg as _};
                $(let $keys = $keys.borrowed().keyed();)*
                $(let $arg = $arg.borrowed();)*
                let mut leases = Vec::new();
                $($keys.each_key(&mut leases);)*
                self.$mode(&leases, |transaction| $op(transaction $(, $keys.lend())* $(, $arg.lend())*))
            }
        }

        impl $crate::Transaction<'_> {
            $($meta)*
            pub fn $name(&mut self $(, $keys: $kty)* $(, $arg: $ty)*) -> $crate::Result<$out> {
                #[allow(unused_imports, reason = "whichever the arguments need")]
                use $crate::arguments::{ByteArg as _, ByteArgs as _, EachKey as _, Keyed as _, Lend as _, PairArgs as _, ScoredArgs as _, ValueArg as _};
                $(let $keys = $keys.borrowed().keyed();)*
                $(let $arg = $arg.borrowed();)*
                let mut leases = Vec::new();
                $($keys.each_key(&mut leases);)*
                self.attempt().together(leases.iter().copied(), |transaction| {
                    $op(transaction $(, $keys.lend())* $(, $arg.lend())*)
                })
            }
        }

        impl $crate::AsyncDatabase {
            $($meta)*
            pub async fn $name(&self $(, $keys: $kty)* $(, $arg: $ty)*) -> $crate::Result<$out> {
                #[allow(unused_imports, reason = "whichever the arguments need")]
                use $crate::arguments::{ByteArg as _, ByteArgs as _, EachKey as _, Keyed as _, Lend as _, PairArgs as _, ScoredArgs as _, ValueArg as _};
                let awaited = {
                    let (tried, stripe) = {
                        $(let $keys = $keys.borrowed().keyed();)*
                        $(let $arg = $arg.borrowed();)*
                        let mut leases = Vec::new();
                        $($keys.each_key(&mut leases);)*
                        let stripe = leases.first().map_or(0, |key| key.stripe());
                        let tried = self.$mode(&leases, |transaction| {
                            $op(transaction $(, $keys.lend())* $(, $arg.lend())*)
                        });
                        (tried, stripe)
                    };
                    if let Some(done) = tried {
                        return self.settle(done).await;
                    }
                    let number = self.number();
                    $(let $keys = $keys.owned();)*
                    $(let $arg = $arg.owned();)*
                    self.submit(stripe, move |engine| {
                        $(let $keys = $keys.borrowed().keyed();)*
                        $(let $arg = $arg.borrowed();)*
                        let mut leases = Vec::new();
                        $($keys.each_key(&mut leases);)*
                        engine.together(number, leases.iter().copied(), |transaction| {
                            $op(transaction $(, $keys.lend())* $(, $arg.lend())*)
                        })
                    })?
                };
                self.settle(awaited.await).await
            }
        }
    };
}
pub(crate) use several_keys;

/// A method on the whole keyspace; awaited, a shard's thread does it.
macro_rules! whole_keyspace {
    ([$($meta:tt)*] $mode:ident $name:ident [$($arg:ident : $ty:ty),*] $out:ty, $op:path) => {
        impl $crate::Database {
            $($meta)*
            pub fn $name(&self $(, $arg: $ty)*) -> $crate::Result<$out> {
                #[allow(unused_imports, reason = "whichever the arguments need")]
                use $crate::arguments::{ByteArg as _, ByteArgs as _, Lend as _, ValueArg as _};
                $(let $arg = $arg.borrowed();)*
                self.$mode(|sweep| $op(sweep $(, $arg.lend())*))
            }
        }

        impl $crate::AsyncDatabase {
            $($meta)*
            pub async fn $name(&self $(, $arg: $ty)*) -> $crate::Result<$out> {
                #[allow(unused_imports, reason = "whichever the arguments need")]
                use $crate::arguments::{ByteArg as _, ByteArgs as _, Lend as _, ValueArg as _};
                let awaited = {
                    let number = self.number();
                    $(let $arg = $arg.owned();)*
                    self.$mode(move |engine| {
                        $(let $arg = $arg.borrowed();)*
                        $op(engine.sweep(number) $(, $arg.lend())*)
                    })?
                };
                self.settle(awaited.await).await
            }
        }
    };
}
pub(crate) use whole_keyspace;
