#![allow(dead_code)]

mod results {
    #[derive(serde::Serialize, serde::Deserialize, kora::KoraDocument)]
    #[kora(collection = "results", patch)]
    struct Result {
        #[kora(id)]
        id: u64,
        #[kora(index)]
        value: i32,
    }
}

mod options {
    #[derive(serde::Serialize, serde::Deserialize, kora::KoraDocument)]
    #[kora(collection = "options")]
    struct Option {
        #[kora(id(auto = ulid))]
        id: std::string::String,
        #[kora(version)]
        version: u64,
    }
}

mod strings {
    #[derive(serde::Serialize, serde::Deserialize, kora::KoraDocument)]
    #[kora(collection = "strings")]
    struct String {
        #[kora(id)]
        id: u64,
        text: std::string::String,
    }
}

mod letters {
    #[derive(serde::Serialize, serde::Deserialize, kora::KoraDocument)]
    #[kora(collection = "letters")]
    struct T {
        #[kora(id)]
        id: u64,
        #[kora(embed)]
        inner: D,
    }

    #[derive(serde::Serialize, serde::Deserialize, kora::KoraEmbed)]
    struct D {
        #[kora(index)]
        r: u32,
    }
}

mod support {}
mod core {}

fn main() {}
