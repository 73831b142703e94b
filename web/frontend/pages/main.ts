/** Style of the server-rendered pages; a sheet of its own, so that the bundler gives it the stable name pages.css. */
import "./pages.css";
