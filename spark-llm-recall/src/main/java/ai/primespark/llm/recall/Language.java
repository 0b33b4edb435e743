package ai.primespark.llm.recall;

/** How words are told apart and compared. */
enum Language {
    /** English: "routes", "routed" and "routing" are one word, and words such as "the" do not count. */
    ENGLISH,
    /** Any language: words count as they are written, without regard to case and accents. */
    STANDARD
}
