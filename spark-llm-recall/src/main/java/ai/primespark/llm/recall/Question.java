package ai.primespark.llm.recall;

import ai.primespark.llm.Message;
import java.util.ArrayList;
import java.util.List;

/**
 * What is asked.
 *
 * @param terms what the question is about; a passage must speak of them
 * @param context what was asked before; it only decides between passages that fit
 */
record Question(List<String> terms, List<String> context) {

    static Question of(String words, TextAnalysis analysis) {
        return new Question(analysis.terms(words), List.of());
    }

    /** The question of a conversation is its last message by the user; one like "and then?" goes on about the one before. */
    static Question of(List<Message> conversation, TextAnalysis analysis) {
        List<String> asked = new ArrayList<>();
        for (int i = conversation.size() - 1; i >= 0 && asked.size() < 2; i--) {
            if (conversation.get(i).role() == Message.Role.USER) {
                asked.add(conversation.get(i).content());
            }
        }
        List<String> terms = asked.isEmpty() ? List.of() : analysis.terms(asked.get(0));
        List<String> before = asked.size() < 2 ? List.of() : analysis.terms(asked.get(1));
        return terms.isEmpty() ? new Question(before, List.of()) : new Question(terms, before);
    }

    @Override
    public String toString() { // what is asked is private data
        return "Question[" + terms.size() + " terms]";
    }
}
