"""What every JSON body of the API has in common: no field that nobody knows."""

from pydantic import BaseModel, ConfigDict


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)
