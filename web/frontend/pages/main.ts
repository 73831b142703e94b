/** Style of the server-rendered pages: the tokens and the components, nothing else. */
import "../shared/tokens.css";
import "../shared/components.css";
